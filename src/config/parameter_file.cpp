#include <algorithm>

#include "bornflow/config/parameter_source.hpp"
#include "bornflow/config/parameter_value.hpp"

namespace bornflow {

namespace {

/// Where the comment of a line begins: the first # that is not inside double quotes, or the end of the line.
std::size_t comment_position(const std::string& line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '\\')
      ++i;
    else if (line[i] == '"')
      quoted = !quoted;
    else if (line[i] == '#' && !quoted)
      return i;
  }
  return line.size();
}

bool has_control_character(const std::string& line) {
  return std::any_of(line.begin(), line.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

class FileReader {
public:
  FileReader(const std::string& file_name, std::vector<ParameterProblem>& problems)
      : file_name_(printable(file_name)), problems_(problems) {}

  ParameterSource read(const std::string& text) {
    if (!is_text(text)) return {{}, {}, false};
    std::size_t begin = text.compare(0, 3, "\xEF\xBB\xBF") == 0 ? 3 : 0;
    while (begin < text.size()) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      std::string line = text.substr(begin, end - begin);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      ++line_number_;
      read_line(line);
      begin = end + 1;
    }
    return std::move(source_);
  }

private:
  /// Refuses what is no text at all with one error instead of one for each of its lines.
  bool is_text(const std::string& text) {
    line_number_ = 1;
    const bool utf16 = text.compare(0, 2, "\xFF\xFE") == 0 || text.compare(0, 2, "\xFE\xFF") == 0;
    const std::size_t nul = text.find('\0');
    if (!utf16 && nul != std::string::npos)
      line_number_ += static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n'));
    if (utf16)
      problem("the file is UTF-16; save it as UTF-8 or plain ASCII.");
    else if (nul != std::string::npos)
      problem("the file holds a NUL byte: it is damaged or not a parameter file.");
    line_number_ = 0;
    return problems_.empty();
  }

  void read_line(const std::string& line) {
    const std::string content = trim(line.substr(0, comment_position(line)));
    if (content.empty()) return;
    if (has_control_character(content)) {
      problem("'" + printable(content) + "' holds a control character; retype the line.");
    } else if (content.front() == '[') {
      read_header(content);
    } else {
      read_assignment(content);
    }
  }

  void read_header(const std::string& content) {
    in_section_ = true;  // also after a damaged header: the keys below it are no further errors
    const std::size_t close = content.find(']');
    section_ = trim(content.substr(1, std::min(close, content.size()) - 1));
    if (close == std::string::npos) {
      problem("'" + printable(content) + "' has no closing ']'. A section is written [name].");
    } else if (close + 1 != content.size()) {
      problem("'" + printable(content) + "' has text after ']'. Write each parameter on its own line.");
    } else if (section_.empty()) {
      problem("'[]' names no section. A section is written [name].");
    }
    source_.headers.push_back({section_, origin(), line_number_});
  }

  void read_assignment(const std::string& content) {
    const std::size_t equals = content.find('=');
    const std::string key = trim(content.substr(0, std::min(equals, content.size())));
    if (equals == std::string::npos) {
      problem("'" + printable(content) + "' has no '='. A parameter is written key = value.");
    } else if (key.empty()) {
      problem("'" + printable(content) + "' has no key before '='. A parameter is written key = value.");
    } else if (!in_section_) {
      const std::size_t dot = key.find('.');
      const std::string cure = dot == std::string::npos ? "Put it below its [section]."
                                                        : "Write '" + printable(trim(key.substr(dot + 1))) +
                                                              "' below [" + printable(key.substr(0, dot)) + "].";
      problem("'" + printable(key) + "' stands before the first section. " + cure);
    } else {
      source_.assignments.push_back({section_, key, trim(content.substr(equals + 1)), origin(), line_number_});
    }
  }

  std::string origin() const { return file_name_ + ":" + std::to_string(line_number_); }
  void problem(const std::string& message) { problems_.push_back({origin(), section_, message, line_number_}); }

  const std::string file_name_;
  std::vector<ParameterProblem>& problems_;
  ParameterSource source_;
  std::string section_;
  bool in_section_ = false;
  int line_number_ = 0;
};

}  // namespace

ParameterSource read_parameter_file(const std::string& text, const std::string& file_name,
                                    std::vector<ParameterProblem>& problems) {
  return FileReader(file_name, problems).read(text);
}

}  // namespace bornflow
