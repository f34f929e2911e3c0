// The read-only faces of the registry: reference text, effective values, digest.
#include <algorithm>
#include <cstdio>

#include "bornflow/base/error.hpp"
#include "bornflow/config/parameter_registry.hpp"

namespace bornflow {

namespace {

/// Rows of equally many cells as text, columns aligned; the last column is not padded.
std::string aligned(const std::vector<std::vector<std::string>>& rows, const std::string& indent) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  std::string text;
  for (const auto& row : rows) {
    text += indent;
    for (std::size_t c = 0; c < row.size(); ++c)
      text += c + 1 == row.size() ? row[c] : row[c] + std::string(widths[c] - row[c].size() + 2, ' ');
    text += '\n';
  }
  return text;
}

void hash_bytes(std::uint64_t& hash, const std::string& text) {
  for (std::size_t i = 0; i <= text.size(); ++i) {  // the final NUL keeps "ab","c" and "a","bc" apart
    hash ^= static_cast<unsigned char>(text.c_str()[i]);
    hash *= 0x100000001b3u;  // FNV-1a, 64 bits (Fowler, Noll, Vo)
  }
}

}  // namespace

std::string ParameterRegistry::help(const std::string& section) const {
  if (!section.empty() && find(section) == nullptr) throw UserError(unknown_section(section));
  std::string text;
  for (const Section& shown : sections_) {
    if (!section.empty() && shown.name != section) continue;
    text += (text.empty() ? "[" : "\n[") + shown.name + "]  " + shown.help + "\n";
    std::vector<std::vector<std::string>> rows{{"key", "type", "default", "must be", "meaning"}};
    for (const Parameter& p : shown.parameters) {
      const std::string rule = p.rule.text();
      const std::string without = p.default_text.empty() ? "(empty)" : p.default_text;
      rows.push_back({p.key, type_name(p.value), p.rule.is_required() ? "(required)" : without,
                      rule.empty() ? "-" : rule, p.help});
    }
    text += aligned(rows, "  ");
  }
  return text;
}

std::string ParameterRegistry::print() const {
  std::string text;
  for (const Section& section : sections_) {
    text += (text.empty() ? "[" : "\n[") + section.name + "]\n";
    if (section.parameters.empty()) continue;
    std::vector<std::vector<std::string>> rows;
    for (const Parameter& p : section.parameters)
      rows.push_back({p.key, "= " + format_value(p.value), "# " + p.origin});
    text += aligned(rows, "");
  }
  return text;
}

std::vector<ParameterRegistry::Value> ParameterRegistry::values() const {
  std::vector<Value> values;
  for (const Section& section : sections_)
    for (const Parameter& p : section.parameters)
      values.push_back({section.name, p.key, format_value(p.value), p.origin});
  return values;
}

std::string ParameterRegistry::digest(const std::vector<std::string>& sections) const {
  for (const std::string& name : sections)
    BORNFLOW_REQUIRE(find(name) != nullptr, "digest of unknown section [" + name + "]");
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const Section& section : sections_) {
    if (std::find(sections.begin(), sections.end(), section.name) == sections.end()) continue;
    for (const Parameter& p : section.parameters) {
      hash_bytes(hash, section.name);
      hash_bytes(hash, p.key);
      hash_bytes(hash, format_value(p.value));
    }
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

}  // namespace bornflow
