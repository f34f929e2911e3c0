#include "bornflow/inference/problems/layered_tissue.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace bornflow {

namespace {

struct Band {
  double wavelength;          // [nm]
  double oxygenated, bare;    // molar extinction of haemoglobin [1/(cm mol/L)]
};
constexpr Band spectrum[LayeredTissue::bands] = {{500, 20930, 20860}, {540, 53240, 46590}, {560, 32610, 53790},
                                                 {580, 50100, 37020}, {600, 3200, 14680},  {620, 942, 6510},
                                                 {650, 368, 3750},    {680, 278, 2408}};
constexpr double haemoglobin = 150.0 / 64500.0;   // in blood [mol/L]
constexpr double mie_exponent = 1.3;

struct Slab {
  double reflects, transmits;
};

// Divided by cosh throughout: thick layers do not overflow.
Slab kubelka_munk(double absorption, double scattering, double thickness) {
  const double ratio = absorption / scattering, a = 1 + ratio, b = std::sqrt(ratio * (ratio + 2));
  const double depth = b * scattering * thickness, tangent = std::tanh(depth);
  return {tangent / (a * tangent + b), b / (std::cosh(std::min(depth, 300.0)) * (a * tangent + b))};
}

}  // namespace

LayeredTissue::LayeredTissue(double noise) : ranges_{{"sO2", 0, 1}}, noise_(noise) {
  for (int layer = 1; layer <= layers; ++layer) {
    const std::string number = " " + std::to_string(layer);
    ranges_.push_back({"v" + number, 0.01, 0.15});
    ranges_.push_back({"a" + number, 5, 50});
    ranges_.push_back({"g" + number, 0.8, 0.95});
    ranges_.push_back({"d" + number, 0.05, 0.8});
  }
}

double LayeredTissue::reflectance(const double* x, int band) const {
  const std::vector<double> inside = clamped(ranges_, x);
  const Band& light = spectrum[band];
  const double extinction = inside[0] * light.oxygenated + (1 - inside[0]) * light.bare;
  double below = 0;
  for (int layer = layers - 1; layer >= 0; --layer) {
    const double* of_layer = inside.data() + 1 + layer * numbers_of_layer;
    const double mu_a = std::log(10.0) * of_layer[0] * haemoglobin * extinction;
    const double mu_s = of_layer[1] * std::pow(light.wavelength / 500, -mie_exponent);
    const Slab slab = kubelka_munk(2 * mu_a, 0.75 * mu_s, of_layer[3] / 10);   // mm to cm
    below = slab.reflects + slab.transmits * slab.transmits * below / (1 - slab.reflects * below);
  }
  return below;
}

void LayeredTissue::simulate(const double* x, double* y) const {
  double mean = 0;
  for (int band = 0; band < bands; ++band) {
    y[band] = std::log(reflectance(x, band));
    mean += y[band] / bands;
  }
  for (int band = 0; band < bands; ++band) y[band] -= mean;
}

void LayeredTissue::add_noise(RandomStream& stream, double* y) const {
  for (int band = 0; band < bands; ++band) y[band] += noise_ * stream.normal();
}

}  // namespace bornflow
