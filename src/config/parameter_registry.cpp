#include "bornflow/config/parameter_registry.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "bornflow/base/error.hpp"
#include "bornflow/config/suggestion.hpp"

namespace bornflow {

namespace {

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& items, std::string Named::*name) {
  std::vector<std::string> names;
  for (const Named& item : items) names.push_back(item.*name);
  return names;
}

}  // namespace

// ---- declaration --------------------------------------------------------------------------------------------------

void ParameterRegistry::add_section(const std::string& name, const std::string& help) {
  BORNFLOW_REQUIRE(find(name) == nullptr, "section [" + name + "] is declared twice");
  sections_.push_back({name, help, {}});
}

void ParameterRegistry::add_parameter(Parameter parameter) {
  Section& section = sections_.back();
  const std::string name = section.name + "." + parameter.key;
  BORNFLOW_REQUIRE(find(section, parameter.key) == nullptr, "parameter " + name + " is declared twice");
  BORNFLOW_REQUIRE(parameter.rule.is_required() || keeps_rule(parameter.value, parameter.rule),
                   "the default " + format_value(parameter.value) + " of " + name + " breaks its rule: must be " +
                       parameter.rule.text());
  parameter.default_text = format_value(parameter.value);
  parameter.origin = "default";
  section.parameters.push_back(std::move(parameter));
}

void ParameterRegistry::set_defaults() {
  for (Section& section : sections_) {
    for (Parameter& parameter : section.parameters) {
      set_value(parameter.value, parameter.default_text, any());
      parameter.origin = "default";
    }
  }
}

ParameterRegistry::Section* ParameterRegistry::find(const std::string& section) {
  return const_cast<Section*>(static_cast<const ParameterRegistry*>(this)->find(section));
}

const ParameterRegistry::Section* ParameterRegistry::find(const std::string& section) const {
  const auto found =
      std::find_if(sections_.begin(), sections_.end(), [&](const Section& s) { return s.name == section; });
  return found == sections_.end() ? nullptr : &*found;
}

ParameterRegistry::Parameter* ParameterRegistry::find(Section& section, const std::string& key) {
  auto& parameters = section.parameters;
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.key == key; });
  return found == parameters.end() ? nullptr : &*found;
}

// ---- parsing ------------------------------------------------------------------------------------------------------

void ParameterRegistry::parse(const std::string& text, const std::string& file_name,
                              const std::vector<std::string>& overrides) {
  set_defaults();
  Problems problems;
  const ParameterSource file = read_parameter_file(text, file_name, problems);
  assign(file, problems);
  assign(read_overrides(overrides, problems), problems);
  if (file.is_text) check_required(file_name, problems);
  if (problems.empty()) return;
  set_defaults();
  throw UserError(report(std::move(problems)));
}

void ParameterRegistry::assign(const ParameterSource& source, Problems& problems) {
  std::set<std::string> reported_sections;
  for (const SectionHeader& header : source.headers) {
    if (header.name.empty() || find(header.name) != nullptr) continue;
    if (reported_sections.insert(header.name).second)
      problems.push_back({header.origin, "", unknown_section(header.name), header.line});
  }
  std::map<std::pair<std::string, std::string>, int> first_lines;
  for (const Assignment& assignment : source.assignments) {
    Section* const section = find(assignment.section);
    if (section == nullptr) {
      if (source.headers.empty())
        problems.push_back({assignment.origin, "", unknown_section(assignment.section), assignment.line});
      continue;  // one error for a section, not one for each of its keys
    }
    Parameter* const parameter = find(*section, assignment.key);
    const auto [first, is_new] = first_lines.insert({{assignment.section, assignment.key}, assignment.line});
    std::string message;
    if (parameter == nullptr) {
      message = unknown_key(*section, assignment.key);
    } else if (!is_new) {
      message = assignment.key + " is given twice" +
                (source.headers.empty() ? "." : "; the first time on line " + std::to_string(first->second) + ".");
    } else {
      assign(assignment, *parameter, problems);
    }
    if (!message.empty()) problems.push_back({assignment.origin, section->name, message, assignment.line});
  }
}

void ParameterRegistry::assign(const Assignment& assignment, Parameter& parameter, Problems& problems) const {
  const std::string wrong = set_value(parameter.value, assignment.value, parameter.rule);
  parameter.origin = assignment.origin;  // also of a wrong value: it was given, so it is not missing as well
  if (wrong.empty()) return;
  const std::string shown =
      assignment.value.empty() ? assignment.key : assignment.key + " = " + printable(assignment.value);
  problems.push_back({assignment.origin, assignment.section, shown + " " + wrong, assignment.line});
}

void ParameterRegistry::check_required(const std::string& file_name, Problems& problems) const {
  for (const Section& section : sections_) {
    for (const Parameter& parameter : section.parameters) {
      if (!parameter.rule.is_required() || parameter.origin != "default") continue;
      const std::string rule = parameter.rule.text();
      problems.push_back({printable(file_name), section.name,
                          parameter.key + " is missing: " + parameter.help + (rule.empty() ? "" : "; must be " + rule) +
                              ". It has no default.",
                          missing_order});
    }
  }
}

std::string ParameterRegistry::unknown_section(const std::string& name) const {
  return "[" + printable(name) + "] is not a section." + did_you_mean(name, names_of(sections_, &Section::name));
}

std::string ParameterRegistry::unknown_key(const Section& section, const std::string& key) const {
  const std::string message = printable(key) + " is not a parameter.";
  const std::string near = did_you_mean(key, names_of(section.parameters, &Parameter::key));
  if (!near.empty()) return message + near;
  for (const Section& other : sections_)
    for (const Parameter& parameter : other.parameters)
      if (parameter.key == key) return message + " Did you mean '" + key + "' of [" + other.name + "]?";
  return message;
}

std::string ParameterRegistry::report(Problems problems) const {
  std::stable_sort(problems.begin(), problems.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  constexpr std::size_t most = 100;  // a file of another kind has an error on every line
  std::string text;
  std::set<std::string> concerned;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const ParameterProblem& problem = problems[i];
    concerned.insert(find(problem.section) == nullptr ? "" : problem.section);
    if (i < most)
      text += problem.origin + ": " + (problem.section.empty() ? "" : "[" + printable(problem.section) + "] ") +
              problem.message + "\n";
  }
  if (problems.size() > most) text += "... and " + std::to_string(problems.size() - most) + " more\n";
  const bool one_section = concerned.size() == 1 && !concerned.begin()->empty();
  return text + std::to_string(problems.size()) + (problems.size() == 1 ? " error" : " errors") +
         "; nothing was run. 'bornflow --help-parameters" + (one_section ? " " + *concerned.begin() : "") + "' lists " +
         (one_section ? "this section." : "all sections.");
}

std::string ParameterRegistry::with_places(const std::string& message) const {
  std::string text;
  std::istringstream lines(message);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t end = line.find("] ");
    const Section* const section = !line.empty() && line[0] == '[' && end != std::string::npos ? find(line.substr(1, end - 1)) : nullptr;
    if (section != nullptr)
      for (const Parameter& parameter : section->parameters) {
        const std::size_t next = end + 2 + parameter.key.size();
        const bool is_named = line.compare(end + 2, parameter.key.size(), parameter.key) == 0 &&
                              (next >= line.size() || std::string(" :,.").find(line[next]) != std::string::npos);
        if (is_named && parameter.origin != "default") text += parameter.origin + ": ";
      }
    text += line + "\n";
  }
  if (!text.empty() && (message.empty() || message.back() != '\n')) text.pop_back();
  return text;
}

}  // namespace bornflow
