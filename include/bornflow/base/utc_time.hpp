#pragma once

#include <string>

namespace bornflow {

/// The time of day in UTC, ISO 8601: "2026-11-22T13:00:00Z".
std::string utc_now();

}  // namespace bornflow
