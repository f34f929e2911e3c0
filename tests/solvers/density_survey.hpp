#pragma once

#include "tests/solvers/small_survey.hpp"

namespace bornflow::test {

/// Densities from 1 to 2.6 g/cm^3 in layers that jump, and vary along x (and y).
inline std::shared_ptr<const std::vector<float>> layered_density(const Grid& g) {
  std::vector<float> density;
  for (int iz = 0; iz < g.nz; ++iz)
    for (int iy = 0; iy < g.ny; ++iy)
      for (int ix = 0; ix < g.nx; ++ix)
        density.push_back(static_cast<float>((iz / 5 % 2 == 0 ? 1.2 : 2.3) + 0.2 * std::sin(0.5 * ix + 0.7 * iy)));
  return std::make_shared<const std::vector<float>>(density);
}

inline SmallSurvey small_density_survey() {
  SmallSurvey s = small_survey();
  s.options.density = layered_density(s.grid);
  return s;
}

/// The same in three dimensions.
inline SmallSurvey small_density_cube() {
  SmallSurvey s = small_survey(18, 20, 24);
  s.grid.ny = 15, s.grid.dy = 11;
  s.options.layer_width = 5;
  s.velocity.clear();
  for (std::size_t i = 0; i < s.grid.size(); ++i)
    s.velocity.push_back(static_cast<float>(1600 + 600 * std::sin(0.01 * i) + 150 * std::sin(0.37 * i)));
  s.options.density = layered_density(s.grid);
  s.acquisition.sources = {{82, 71, 44}, {30, 100, 140}};
  s.acquisition.receivers = {{10, 20, 30}, {103, 57, 81}, {98, 140, 12}, {100, 140, 12}};
  return s;
}

/// The same with a CPML, and records so long that waves cross it and come back.
inline SmallSurvey with_cpml(SmallSurvey s, int width) {
  s.options.absorbing = Absorbing::cpml;
  s.options.layer_width = width;
  s.acquisition.n_samples = 120;
  return s;
}

}  // namespace bornflow::test
