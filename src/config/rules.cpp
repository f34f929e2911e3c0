#include "bornflow/config/rules.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/config/parameter_value.hpp"

namespace bornflow {

bool Rule::allows_number(double value) const { return (low_is_open_ ? value > low_ : value >= low_) && value <= high_; }

bool Rule::allows_text(const std::string& text) const {
  return choices_.empty() || std::find(choices_.begin(), choices_.end(), text) != choices_.end();
}

std::string Rule::text() const {
  std::string interval;
  if (std::isfinite(high_)) {
    if (std::isfinite(low_)) {
      interval =
          std::string("in ") + (low_is_open_ ? "(" : "[") + format_number(low_) + ", " + format_number(high_) + "]";
    } else {
      interval = "at most " + format_number(high_);
    }
  } else if (std::isfinite(low_)) {
    if (low_ == 0) {
      interval = low_is_open_ ? "positive" : "zero or positive";
    } else {
      interval = (low_is_open_ ? "greater than " : "at least ") + format_number(low_);
    }
  }
  if (choices_.empty()) return interval;
  std::string list = "one of: ";
  for (std::size_t i = 0; i < choices_.size(); ++i) list += (i ? ", " : "") + choices_[i];
  return interval.empty() ? list : interval + " and " + list;
}

Rule Rule::operator&(const Rule& other) const {
  Rule both = *this;
  if (other.low_ > low_ || (other.low_ == low_ && other.low_is_open_)) {
    both.low_ = other.low_;
    both.low_is_open_ = other.low_is_open_;
  }
  both.high_ = std::min(high_, other.high_);
  both.required_ = required_ || other.required_;
  if (choices_.empty()) {
    both.choices_ = other.choices_;
  } else if (!other.choices_.empty()) {
    const auto refused = [&](const std::string& choice) { return !other.allows_text(choice); };
    both.choices_.erase(std::remove_if(both.choices_.begin(), both.choices_.end(), refused), both.choices_.end());
    BORNFLOW_REQUIRE(!both.choices_.empty(), "rules combined with & leave no choice");
  }
  BORNFLOW_REQUIRE(both.low_ < both.high_ || (both.low_ == both.high_ && !both.low_is_open_),
                   "rules combined with & leave an empty interval");
  return both;
}

Rule positive() {
  Rule rule = non_negative();
  rule.low_is_open_ = true;
  return rule;
}

Rule non_negative() { return at_least(0); }

Rule at_least(double low) { return in_range(low, std::numeric_limits<double>::infinity()); }

Rule in_range(double low, double high) {
  BORNFLOW_REQUIRE(low <= high, "in_range(low, high) needs low <= high");
  Rule rule;
  rule.low_ = low;
  rule.high_ = high;
  return rule;
}

Rule one_of(const std::vector<std::string>& choices) {
  BORNFLOW_REQUIRE(!choices.empty(), "one_of needs at least one choice");
  Rule rule;
  rule.choices_ = choices;
  return rule;
}

Rule required() {
  Rule rule;
  rule.required_ = true;
  return rule;
}

}  // namespace bornflow
