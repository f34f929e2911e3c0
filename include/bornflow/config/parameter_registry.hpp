#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bornflow/config/parameter_source.hpp"
#include "bornflow/config/parameter_value.hpp"
#include "bornflow/config/rules.hpp"

namespace bornflow {

/// All parameters of a run, in sections. A section is a struct with defaults and one `visit` that declares each key:
///
///   struct GridParameters {
///     int nx = 64;
///     double dx = 10;  // [m]
///     template <class Visitor> void visit(Visitor& v) {
///       v("nx", nx, "points along x", at_least(1));
///       v("dx", dx, "spacing along x [m]", positive());
///     }
///   };
///
/// This one declaration serves parsing, validation, reference text, printing and, by values(), the manifest and what products
/// tell of their parameters. Defaults give way to the file, the file to the command line. Nothing here is collective: every
/// rank parses the same text.
class ParameterRegistry {
public:
  struct Value {
    std::string section, key, value;
    std::string origin;  ///< "default", "inputs/a.cfg:12" or "command line"
  };

  ParameterRegistry() = default;
  ParameterRegistry(const ParameterRegistry&) = delete;
  ParameterRegistry& operator=(const ParameterRegistry&) = delete;

  /// Declares the keys of `section` and keeps a reference to it. The present values become the defaults; they must keep
  /// their rules, unless required.
  template <class Section>
  void add(const std::string& name, const std::string& help, Section& section) {
    add_section(name, help);
    Declaration declare{*this};
    section.visit(declare);
  }

  /// Fills the sections from the text of a parameter file and "--section.key=value" arguments. Throws UserError with
  /// every error found, a line each; the sections then hold their defaults.
  void parse(const std::string& text, const std::string& file_name, const std::vector<std::string>& overrides = {});

  /// Reference text of one section or of all: key, type, default, rule, help. Throws UserError on an unknown section.
  std::string help(const std::string& section = "") const;

  /// The effective values as a parameter file, each with its origin as a comment; parses back to the same values.
  std::string print() const;

  std::vector<Value> values() const;

  /// `message` with the place of the parameter, "inputs/a.cfg:12: ", in front of each line that begins with one that was given,
  /// "[grid] nx ...": for rules that span parameters, which only those who know the sections can check.
  std::string with_places(const std::string& message) const;

  /// Hash of the effective values of these sections, 16 hexadecimal digits: changes when and only when one of them
  /// does. (64-bit FNV-1a: against accidents, not against forgery.)
  std::string digest(const std::vector<std::string>& sections) const;

private:
  struct Parameter {
    std::string key, help;
    Rule rule;
    ParameterPointer value;
    std::string default_text;
    std::string origin;
  };
  struct Section {
    std::string name, help;
    std::vector<Parameter> parameters;
  };
  using Problems = std::vector<ParameterProblem>;

  /// The visitor that `visit` sees.
  struct Declaration {
    ParameterRegistry& registry;
    template <class T>
    void operator()(const std::string& key, T& value, const std::string& help, const Rule& rule = any()) {
      registry.add_parameter({key, help, rule, ParameterPointer(&value), "", ""});
    }
  };

  void add_section(const std::string& name, const std::string& help);
  void add_parameter(Parameter parameter);
  void set_defaults();
  void assign(const ParameterSource& source, Problems& problems);
  void assign(const Assignment& assignment, Parameter& parameter, Problems& problems) const;
  void check_required(const std::string& file_name, Problems& problems) const;
  Section* find(const std::string& section);
  const Section* find(const std::string& section) const;
  static Parameter* find(Section& section, const std::string& key);
  std::string unknown_section(const std::string& name) const;
  std::string unknown_key(const Section& section, const std::string& key) const;
  std::string report(Problems problems) const;

  std::vector<Section> sections_;
};

}  // namespace bornflow
