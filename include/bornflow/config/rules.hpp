#pragma once

#include <limits>
#include <string>
#include <vector>

namespace bornflow {

/// What the value of a parameter must satisfy: an interval, a set of choices, and whether it must be given.
///
/// Rules are made by the functions below and combined with `&`: positive() & in_range(0, 1) is the interval (0, 1].
/// For a list the rule holds for each element.
class Rule {
public:
  bool allows_number(double value) const;
  bool allows_text(const std::string& text) const;  ///< `text` is one of the choices, or there are none
  bool is_required() const { return required_; }
  const std::vector<std::string>& choices() const { return choices_; }

  /// The rule in words that complete "must be": "at least 1", "in (0, 1]", "one of: born, nonlinear". Empty if any.
  std::string text() const;

  /// Both rules at once. Throws Bug when nothing satisfies both.
  Rule operator&(const Rule& other) const;

private:
  friend Rule positive();
  friend Rule non_negative();
  friend Rule at_least(double low);
  friend Rule in_range(double low, double high);
  friend Rule one_of(const std::vector<std::string>& choices);
  friend Rule required();

  double low_ = -std::numeric_limits<double>::infinity();
  double high_ = std::numeric_limits<double>::infinity();
  bool low_is_open_ = false;  ///< low_ itself is not allowed
  bool required_ = false;
  std::vector<std::string> choices_;
};

inline Rule any() { return Rule(); }
Rule positive();                                       ///< > 0
Rule non_negative();                                   ///< >= 0
Rule at_least(double low);                             ///< >= low
Rule in_range(double low, double high);                ///< low <= value <= high
Rule one_of(const std::vector<std::string>& choices);  ///< compared with the value as it is printed
Rule required();                                       ///< has no default: must be given, and not be empty

}  // namespace bornflow
