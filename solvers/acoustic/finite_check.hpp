#pragma once

#include <string>

#include "solvers/acoustic/medium.hpp"

namespace bornflow {

/// How often the time loops look for NaN and infinity; one look costs a quarter of a step.
constexpr int steps_between_finite_checks = 100;

/// Throws NumericalError when a value of the `batch` fields is NaN or infinite; the message has the step, the place of
/// the first such point and the likely cause. `what` names the field.
template <class T>
void require_finite(const Medium<T>& medium, const DeviceArray<T>& fields, int batch, int step,
                    const std::string& what);

}  // namespace bornflow
