#pragma once

namespace bornflow {

/// One step in `every`, the last among them: there the adjoint field is not yet small.
struct KeptSteps {
  int steps, every;

  bool keeps(int n) const { return n % every == (steps - 1) % every; }
  int index(int n) const { return n / every; }   ///< of a step that is kept
  int count() const { return (steps + every - 1) / every; }
};

}  // namespace bornflow
