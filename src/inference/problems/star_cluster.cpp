#include "bornflow/inference/problems/star_cluster.hpp"

#include <cmath>

namespace bornflow {

namespace {

constexpr double speed_of_light = 2.998e10, parsec = 3.086e18;   // [cm/s], [cm]
constexpr double h_beta_per_photon = 4.76e-13;                   // energy of H beta for each ionising photon [erg]
constexpr double unit_of_flux = 1e36;                            // [erg/s]
constexpr double balmer_decrement = 2.86;                        // H alpha over H beta at 10^4 K

// Extinction of the lines over that of the V band, after Cardelli et al. 1989, rounded.
constexpr double extinction[StarCluster::lines] = {1.54, 1.16, 1.12, 0.93, 0.82, 0.81, 0.79, 0.79};

double square(double value) { return value * value; }

}  // namespace

StarCluster::StarCluster(double noise)
    : ranges_{{"log M", 3.5, 5.5}, {"age", 0.5, 7}, {"log n", 1, 4}, {"log Z", -0.7, 0.3}, {"A_V", 0, 2}, {"E", 0.02, 0.3}},
      noise_(noise) {}

void StarCluster::simulate(const double* x, double* y) const {
  const std::vector<double> inside = clamped(ranges_, x);
  const double log_mass = inside[0], age = inside[1], density = std::pow(10.0, inside[2]), metals = inside[3];
  const double log_photons = 46.6 + log_mass - std::log10(1 + std::pow(age / 3.6, 4.5)) + std::log10(1 - 0.1 * inside[5]);
  const double hardness = -0.5 - 0.1 * age + 0.5 * std::exp(-square(age - 4.2) / 0.5);
  const double radius = 27 * parsec * std::pow(std::pow(10.0, log_mass - 4) / density, 0.2) * std::pow(age, 0.6);
  const double ionisation = log_photons - std::log10(4 * M_PI * square(radius) * density * speed_of_light);

  const double h_beta = log_photons + std::log10(h_beta_per_photon / unit_of_flux);
  // High ionisation turns O+ into O++ and S+, N+ into ions without lines here; metals cool the gas, at the cost of O++.
  const double doubly = 1 / (1 + std::pow(10.0, -(ionisation + 3 + hardness + 0.5)));
  const double oxygen = metals - 0.3 * square(metals + 0.3);
  const double sulphur = 0.6 * metals - 0.35 * (ionisation + 3) - 0.2;
  // The ratio of the doublet falls from 1.43 to 0.44 where collisions outrun radiation.
  const double doublet = 1.43 * (1 + 4.3e-4 * density) / (1 + 1.4e-3 * density);
  const double strength[lines] = {0.5 + oxygen + std::log10(1 - 0.95 * doubly),
                                  0,
                                  0.8 + oxygen - 0.2 * metals + std::log10(0.01 + 0.99 * doubly),
                                  -0.9 - std::log10(1 + std::pow(10.0, -4 * (hardness + 0.8))),
                                  std::log10(balmer_decrement),
                                  0.1 + 1.2 * metals - 0.25 * (ionisation + 3),
                                  sulphur + std::log10(doublet / (1 + doublet)),
                                  sulphur - std::log10(1 + doublet)};
  for (int line = 0; line < lines; ++line) y[line] = h_beta + strength[line] - 0.4 * inside[4] * extinction[line];
}

void StarCluster::add_noise(RandomStream& stream, double* y) const {
  for (int line = 0; line < lines; ++line) y[line] += noise_ * stream.normal();
}

}  // namespace bornflow
