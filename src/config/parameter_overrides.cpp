#include <algorithm>
#include <boost/program_options.hpp>

#include "bornflow/config/parameter_source.hpp"
#include "bornflow/config/parameter_value.hpp"

namespace bornflow {

namespace {

namespace po = boost::program_options;

/// Name and value of "--name=value"; an empty name when the argument is not of this form.
struct NamedValue {
  std::string name, value;
};

/// Boost splits and checks the token. Guessing of shortened names is off (no style flag asks for it), and an empty
/// value, which Boost refuses, is a value: an empty text or list.
NamedValue split_override(const std::string& token) {
  const po::options_description no_options;  // names are looked up later, with suggestions
  try {
    const auto parsed = po::command_line_parser(std::vector<std::string>{token})
                            .options(no_options)
                            .style(po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent)
                            .allow_unregistered()
                            .run();
    if (parsed.options.size() != 1 || token.find('=') == std::string::npos) return {};
    const po::option& option = parsed.options.front();
    if (option.position_key >= 0 || option.string_key.empty()) return {};
    return {option.string_key, token.substr(token.find('=') + 1)};
  } catch (const po::invalid_command_line_syntax& error) {
    if (error.kind() != po::invalid_command_line_syntax::empty_adjacent_parameter) return {};
    return {token.substr(2, token.find('=') - 2), ""};
  } catch (const po::error&) {
    return {};
  }
}

bool has_control_character(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
  });
}

}  // namespace

ParameterSource read_overrides(const std::vector<std::string>& overrides, std::vector<ParameterProblem>& problems) {
  const char* const origin = "command line";
  ParameterSource source;
  for (const std::string& token : overrides) {
    const NamedValue option = split_override(token);
    const std::size_t dot = option.name.find('.');
    if (has_control_character(token)) {
      problems.push_back({origin, "", "'" + printable(token) + "' holds a control character.", command_line_order});
    } else if (dot == std::string::npos || dot == 0 || dot + 1 == option.name.size()) {
      problems.push_back({origin, "",
                          "'" + printable(token) + "' is not understood. A parameter is written --section.key=value.",
                          command_line_order});
    } else {
      source.assignments.push_back(
          {option.name.substr(0, dot), option.name.substr(dot + 1), trim(option.value), origin, command_line_order});
    }
  }
  return source;
}

}  // namespace bornflow
