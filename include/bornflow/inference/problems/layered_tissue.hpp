#pragma once

#include "bornflow/inference/priors/uniform_ranges.hpp"
#include "bornflow/inference/problems/inverse_problem.hpp"

namespace bornflow {

/// Three layers of tissue under a multispectral camera: a synthetic stand-in for the medical problem of Ardizzone et al. 2019,
/// section 4.2, whose Monte Carlo simulations are private. It has the same 13 numbers x and 8 bands y, a simpler simulation,
/// and none of its numbers say anything of a patient.
///
/// x, uniform: oxygenation sO2 of all blood; of each layer, the uppermost first, blood volume fraction v, scattering
/// amplitude a [1/cm], anisotropy g, thickness d [mm]. In the band of wavelength L [nm]
///
///   mu_a = ln(10) v c (sO2 e_HbO2 + (1 - sO2) e_Hb),   mu_s' = a (L / 500)^-1.3          [1/cm]
///
/// with c = 150 g/L of haemoglobin in blood and its molar extinction e (compilation of Prahl 1998, rounded). Each layer
/// reflects and transmits as Kubelka and Munk 1931 have it, with K = 2 mu_a and S = 3 mu_s' / 4; layers are joined with all
/// reflections between them, over black. y is log reflectance less its mean over the bands, for the light is unknown, and
/// has normal noise.
///
/// a is the amplitude of the reduced scattering mu_s (1 - g), which is all that diffuse light sees: g is of no effect.
class LayeredTissue final : public InverseProblem {
public:
  static constexpr int layers = 3, bands = 8, numbers_of_layer = 4;

  explicit LayeredTissue(double noise);   ///< standard deviation of the noise of y

  std::vector<std::string> model_names() const override { return names_of(ranges_); }
  int data_size() const override { return bands; }
  void draw(RandomStream& stream, double* x) const override { draw_uniform(ranges_, stream, x); }
  void simulate(const double* x, double* y) const override;
  void add_noise(RandomStream& stream, double* y) const override;
  int noise_size() const override { return bands; }
  UniformRanges uniform_prior() const override { return ranges_; }

  /// Part of the light of one band that comes back.
  double reflectance(const double* x, int band) const;
  const UniformRanges& ranges() const { return ranges_; }

private:
  UniformRanges ranges_;
  double noise_;
};

}  // namespace bornflow
