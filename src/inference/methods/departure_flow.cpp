#include "bornflow/inference/methods/departure_flow.hpp"

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

// x_i + sign * (the last numbers of y_i).
Batch moved(const Batch& x, const Batch& y, double sign) {
  BORNFLOW_REQUIRE(y.size >= x.size && (y.count == 1 || y.count == x.count), "conditions that end in a fiducial");
  Batch result = x;
  for (int i = 0; i < x.count; ++i) {
    const double* fiducial = y.shared_row(i) + (y.size - x.size);
    for (int c = 0; c < x.size; ++c) result.row(i)[c] += sign * fiducial[c];
  }
  return result;
}

}  // namespace

DepartureFlow::DepartureFlow(std::unique_ptr<TrainableFlow> flow) : flow_(std::move(flow)) {
  BORNFLOW_REQUIRE(flow_->condition_size() >= flow_->model_size(), "a condition that holds a fiducial");
}

Batch DepartureFlow::departures(const Batch& x, const Batch& y) const { return moved(x, y, -1); }

Batch DepartureFlow::sample(const Batch& z, const Batch& y) { return moved(flow_->sample(z, y), y, 1); }

}  // namespace bornflow
