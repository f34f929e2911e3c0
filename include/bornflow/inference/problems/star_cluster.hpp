#pragma once

#include "bornflow/inference/priors/uniform_ranges.hpp"
#include "bornflow/inference/problems/inverse_problem.hpp"

namespace bornflow {

/// A young star cluster in its gas cloud, seen by the strength of its emission lines: a synthetic stand-in for the
/// astrophysical problem of Ardizzone et al. 2019, section 4.2, whose simulations are private. Trends are those of H II regions
/// (Osterbrock and Ferland 2006; Weaver et al. 1977), coefficients are rounded; it is no model of a real cluster.
///
/// x, uniform: log10 of the mass M [solar masses]; age t [Myr]; log10 of the density n [1/cm^3]; log10 of the metallicity Z
/// [solar]; extinction A_V [magnitudes]; efficiency E of star formation.
///
///   log Q   = 46.6 + log M - log(1 + (t/3.6)^4.5) + log(1 - 0.1 E)          ionising photons [1/s]; the hottest stars die first
///   h       = -0.5 - 0.1 t + 0.5 exp(-(t - 4.2)^2 / 0.5)                    hardness: old is soft, but for Wolf-Rayet stars
///   r       = 27 pc (L / n)^(1/5) t^(3/5), L = M / 10^4                     radius of the bubble blown by winds of 10^38 L erg/s
///   log U   = log Q - log(4 pi r^2 n c)                                     ionisation parameter
///
/// y, log10 of the flux of eight lines: [O II] 3727, H beta 4861, [O III] 5007, He I 5876, H alpha 6563, [N II] 6584,
/// [S II] 6716 and 6731, in units of 10^36 erg/s, dimmed by dust, with normal noise. The hardness of one age comes back at
/// another, so posteriors can have two modes; E hides behind M.
class StarCluster final : public InverseProblem {
public:
  static constexpr int lines = 8;

  explicit StarCluster(double noise);   ///< standard deviation of the noise of y [decades]

  std::vector<std::string> model_names() const override { return names_of(ranges_); }
  int data_size() const override { return lines; }
  void draw(RandomStream& stream, double* x) const override { draw_uniform(ranges_, stream, x); }
  void simulate(const double* x, double* y) const override;
  void add_noise(RandomStream& stream, double* y) const override;
  int noise_size() const override { return lines; }
  UniformRanges uniform_prior() const override { return ranges_; }

  const UniformRanges& ranges() const { return ranges_; }

private:
  UniformRanges ranges_;
  double noise_;
};

}  // namespace bornflow
