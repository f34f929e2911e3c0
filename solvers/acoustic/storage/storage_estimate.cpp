#include "solvers/acoustic/storage/storage_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/density/density.hpp"
#include "solvers/acoustic/storage/byte_coding.hpp"
#include "solvers/acoustic/storage/kept_steps.hpp"
#include "solvers/acoustic/storage/rim.hpp"
#include "solvers/survey/wavelet.hpp"

namespace bornflow {

namespace {

std::string size_text(double bytes) {
  char text[32];
  if (bytes < 1e5)
    std::snprintf(text, sizeof text, "%.1f kB", bytes / 1e3);
  else if (bytes < 1e10)
    std::snprintf(text, sizeof text, bytes < 1e7 ? "%.2f MB" : "%.0f MB", bytes / 1e6);
  else
    std::snprintf(text, sizeof text, "%.1f GB", bytes / 1e9);
  return text;
}

double image_bytes(const StorageProblem& problem) {
  return static_cast<double>(problem.largest.image_size) * problem.element_bytes;
}

double snapshot_bytes(const StorageProblem& problem) {
  return static_cast<double>(2 * problem.largest.field_size + problem.largest.memory_size) * problem.element_bytes;
}

/// The same records with twice the spacing and time step.
StorageProblem coarser(StorageProblem problem) {
  PaddedLayout& layout = problem.largest;
  const auto halve = [](int& padded, int& physical) {
    const int layers = padded - physical;
    physical = (physical + 1) / 2;
    padded = physical + layers;
  };
  halve(layout.nx, layout.physical_nx);
  halve(layout.nz, layout.physical_nz);
  if (layout.is_3d()) halve(layout.ny, layout.physical_ny);
  const int smaller = layout.is_3d() ? 8 : 4;
  layout.image_size /= smaller;
  layout.field_size /= smaller;
  layout.memory_size /= smaller / 2;
  problem.steps = (problem.steps + 1) / 2;
  problem.dt *= 2;
  return problem;
}

StorageProblem shorter(StorageProblem problem) {
  problem.steps = (problem.steps + 1) / 2;
  return problem;
}

}  // namespace

StorageProblem make_storage_problem(const PaddedLayout& layout, std::size_t element_bytes,
                                    const PropagatorOptions& options, const Acquisition& acquisition,
                                    const TimeAxis& time_axis, double max_velocity) {
  StorageProblem problem;
  problem.layout = problem.largest = layout;
  problem.element_bytes = element_bytes;
  problem.steps = time_axis.steps;
  problem.dt = time_axis.dt;
  problem.max_frequency = max_ricker_frequency(acquisition.peak_frequency);
  problem.acceleration_bound = max_density(options) * acceleration_bound(acquisition, time_axis, max_velocity);
  problem.budget_bytes = options.storage_memory;
  return problem;
}

StorageEstimate estimate_storage(Storage storage, const StorageProblem& problem) {
  StorageEstimate estimate;
  estimate.storage = storage;
  const double image = image_bytes(problem);
  switch (storage) {
    case Storage::full:
      estimate.bytes = problem.steps * image;
      break;
    case Storage::half:
      estimate.every = half_keeps_every(problem.dt, problem.max_frequency);
      estimate.bytes = 2.0 * KeptSteps{problem.steps, estimate.every}.count() * static_cast<double>(problem.largest.image_size);
      break;
    case Storage::byte: {
      estimate.every = half_keeps_every(problem.dt, problem.max_frequency);
      const int kept = KeptSteps{problem.steps, estimate.every}.count(), groups = (kept + byte_group - 1) / byte_group;
      estimate.bytes = double(kept + groups) * static_cast<double>(problem.largest.image_size) + byte_group * image;
      break;
    }
    case Storage::boundary:
      estimate.rim_bytes = static_cast<double>(Rim(problem.largest).size()) * problem.element_bytes;
      estimate.bytes = problem.steps * estimate.rim_bytes + 3 * image;   // two levels, and the acceleration of a step
      estimate.reruns = 1;
      break;
    case Storage::recompute: {
      const CheckpointPlan plan = checkpoint_plan_for(problem);
      estimate.snapshots = plan.snapshots;
      estimate.block_steps = plan.longest_block();
      estimate.bytes = plan.snapshots * snapshot_bytes(problem) + estimate.block_steps * image;
      estimate.reruns = plan.steps > 0 ? static_cast<double>(plan.repeated_steps()) / plan.steps : 0;
      break;
    }
  }
  return estimate;
}

std::vector<StorageEstimate> estimate_every_storage(const StorageProblem& problem) {
  std::vector<StorageEstimate> estimates;
  for (const std::string& name : storage_names()) estimates.push_back(estimate_storage(storage_named(name), problem));
  return estimates;
}

std::string describe(const StorageEstimate& e) {
  char detail[120] = "";
  switch (e.storage) {
    case Storage::full:
      std::snprintf(detail, sizeof detail, "every step");
      break;
    case Storage::half:
      std::snprintf(detail, sizeof detail, "16 bits, one step of %d", e.every);
      break;
    case Storage::byte:
      std::snprintf(detail, sizeof detail, "8 bits, one step of %d", e.every);
      break;
    case Storage::boundary:
      std::snprintf(detail, sizeof detail, "%s of rim a step, %.0f solve backwards", size_text(e.rim_bytes).c_str(), e.reruns);
      break;
    case Storage::recompute:
      std::snprintf(detail, sizeof detail, "%d snapshots, %d steps at a time, %.2f solves again", e.snapshots, e.block_steps,
                    e.reruns);
      break;
  }
  return size_text(e.bytes) + " a shot: " + detail;
}

std::string describe_every_storage(Storage in_use, const StorageProblem& problem) {
  std::string text;
  for (const StorageEstimate& estimate : estimate_every_storage(problem))
    text += (text.empty() ? "" : ", ") + storage_name(estimate.storage) + " " + size_text(estimate.bytes) +
            (estimate.storage == in_use ? " (in use)" : "");
  return text;
}

void require_storage_fits(Storage storage, const StorageProblem& problem, double limit_bytes) {
  const double needed = estimate_storage(storage, problem).bytes;
  if (needed <= limit_bytes) return;
  std::string text = "The background wavefield of one shot needs " + size_text(needed) + " with storage = " +
                     storage_name(storage) + ", but the limit is " + size_text(limit_bytes) + ". Ways out:\n";
  for (const std::string& name : storage_names()) {
    const Storage other = storage_named(name);
    StorageProblem within = problem;
    if (other == Storage::recompute) within.budget_bytes = limit_bytes > 0 ? limit_bytes : 1;
    const StorageEstimate estimate = estimate_storage(other, within);
    if (other != storage && estimate.bytes <= limit_bytes) text += "  storage = " + name + ": " + describe(estimate) + "\n";
  }
  text += "  a larger limit: " + size_text(needed) + " or more for [wave] background_memory, on each rank\n";
  text += "  a coarser grid: about " + size_text(estimate_storage(storage, coarser(problem)).bytes) + " with twice the spacing and time step\n";
  text += "  shorter records: about " + size_text(estimate_storage(storage, shorter(problem)).bytes) + " with half the length";
  throw UserError(text);
}

int half_keeps_every(double dt, double max_frequency) {
  return std::max(1, static_cast<int>(std::floor(1 / (half_samples_per_period * max_frequency * dt) + 1e-9)));
}

CheckpointPlan checkpoint_plan_for(const StorageProblem& problem) {
  if (problem.budget_bytes <= 0) return {problem.steps, 1, 0};
  return make_checkpoint_plan(problem.steps, snapshot_bytes(problem), image_bytes(problem), problem.budget_bytes);
}

double acceleration_bound(const Acquisition& acquisition, const TimeAxis& time_axis, double max_velocity) {
  const auto wavelet = ricker_wavelet(acquisition.peak_frequency, time_axis.dt, time_axis.steps);
  double variation = 0, before = 0;
  for (const double q : wavelet) {
    variation += std::abs(q - before);
    before = q;
  }
  double amplitude = acquisition.encodings.empty() ? 1 : 0;
  for (const auto& encoding : acquisition.encodings) {
    double sum = 0;
    for (const double value : encoding) sum += std::abs(value);
    amplitude = std::max(amplitude, sum);
  }
  const double v_dt = max_velocity / 1000 * time_axis.dt;   // [km]
  const double cfl = time_axis.cfl_number();
  return v_dt * v_dt * variation * amplitude / (1 - cfl * cfl);
}

}  // namespace bornflow
