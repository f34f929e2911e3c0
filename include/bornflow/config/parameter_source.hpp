#pragma once

#include <string>
#include <vector>

/// The two places values come from, each turned into assignments that know their origin.
///
/// The file is read by our own reader: Boost's config parser stops at the first error and forgets line numbers. The
/// overrides go through Boost's command-line parser, token by token for the same reason.
namespace bornflow {

struct Assignment {
  std::string section, key, value;
  std::string origin;  ///< "inputs/a.cfg:12" or "command line"
  int line = 0;
};

struct SectionHeader {
  std::string name, origin;
  int line = 0;
};

struct ParameterSource {
  std::vector<SectionHeader> headers;  ///< empty for the command line
  std::vector<Assignment> assignments;
  bool is_text = true;  ///< false: refused as a whole, so that nothing can be said of what it lacks
};

/// One line of the report to the user: "origin: [section] message".
struct ParameterProblem {
  std::string origin, section, message;
  int line = 0;  ///< sorts the report; the command line comes last
};

/// Line numbers that sort what has no line after what has one.
constexpr int command_line_order = 2000000000;
constexpr int missing_order = 2000000001;

/// Reads `[section]`, `key = value` and `# comment` lines. A UTF-8 byte order mark and CRLF line ends are accepted.
ParameterSource read_parameter_file(const std::string& text, const std::string& file_name,
                                    std::vector<ParameterProblem>& problems);

/// Reads "--section.key=value" arguments.
ParameterSource read_overrides(const std::vector<std::string>& overrides, std::vector<ParameterProblem>& problems);

}  // namespace bornflow
