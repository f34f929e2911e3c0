#pragma once

#include <cmath>
#include <vector>

#include "solvers/inversion/model_variables.hpp"
#include "solvers/inversion/slowness.hpp"
#include "solvers/inversion/waveform_inversion.hpp"
#include "tests/solvers/small_survey.hpp"

/// A small waveform inversion: a lens in a layered model, transmission and reflection, every option on.
namespace bornflow::test {

inline std::vector<double> bump(const Grid& grid, double x, double z, double width, double height) {
  std::vector<double> values;
  for (int iz = 0; iz < grid.nz; ++iz)
    for (int ix = 0; ix < grid.nx; ++ix) {
      const double r2 = std::pow(ix * grid.dx - x, 2) + std::pow(iz * grid.dz - z, 2);
      values.push_back(height * std::exp(-r2 / (2 * width * width)));
    }
  return values;
}

/// Data of `true_change` [s^2/km^2] on top of the start, made with the full band.
inline InversionProblem lens_problem(const Communicator& comm, int n_shots = 4) {
  SmallSurvey s = small_survey(40, 36, 110, 0.004);
  const double width = (s.grid.nx - 1) * s.grid.dx, depth = (s.grid.nz - 1) * s.grid.dz;
  s.acquisition.sources = equispaced_line(n_shots, 15, width - 15, 22);
  s.acquisition.receivers = equispaced_line(12, 5, width - 5, 20);
  for (const Point& p : equispaced_line(12, 5, width - 5, depth - 20)) s.acquisition.receivers.push_back(p);
  s.acquisition.peak_frequency = 14;
  InversionProblem problem{{s.subdomain(), s.options, s.acquisition, std::vector<float>(s.grid.size(), 1.0f), 1e9},
                           contiguous_share(n_shots, comm.rank(), comm.size()), {}, squared_slowness(s.velocity)};
  std::fill_n(problem.setup.mask.begin(), 4 * s.grid.nx, 0.0f);
  freeze_rim(s.grid, problem.setup.mask);
  problem.setup.options.dt = fixed_time_step(s.grid, s.options, s.acquisition, 3200);
  return problem;
}

inline void simulate(InversionProblem& problem, const std::vector<double>& true_change) {
  std::vector<double> m = problem.start;
  for (std::size_t i = 0; i < m.size(); ++i) m[i] += problem.setup.mask[i] * true_change[i];
  // The pass that stores the background, as the misfit makes it: at the truth the residual is zero to the bit.
  const WaveformSetup& setup = problem.setup;
  BornOperator<float> op(setup.subdomain, setup.options, setup.acquisition, velocity_of(m), {}, 1e9);
  std::vector<float> traces(op.traces_size());
  problem.traces.clear();
  for (auto shot = problem.shots.begin; shot < problem.shots.end; ++shot) {
    op.forward(static_cast<int>(shot), traces.data());
    problem.traces.insert(problem.traces.end(), traces.begin(), traces.end());
  }
}

inline std::vector<double> lens(const InversionProblem& problem, double height = -0.03, double depth = 170) {
  return bump(problem.setup.subdomain.global, 200, depth, 40, height);
}

}  // namespace bornflow::test
