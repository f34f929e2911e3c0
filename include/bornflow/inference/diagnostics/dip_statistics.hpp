#pragma once

/// How steeply the layers of an image dip, from its structure tensor (Bigun and Granlund, ICCV 1987).
///
/// With the gradient (gx, gz) of the image smoothed by a Gaussian of one point, and <.> a Gaussian mean over three points,
/// the direction across the layers and the strength of the layering at a point are
///
///   theta = 1/2 atan2(2 <gx gz>, <gz gz> - <gx gx>)   (0: flat layers),   w^2 = (<gz gz> - <gx gx>)^2 + 4 <gx gz>^2.
///
/// The mean inside w keeps noise out of it: gradients without a common direction cancel. Angles are those of an image drawn
/// with square points; a known ratio of the spacings does not matter where images are only compared with each other.
namespace bornflow {

struct DipStatistics {
  double spread = 0;  ///< sum w sin^2 theta / sum w: 0 for flat layers, 1 for upright ones; 0 for an image without layers
  double net = 0;     ///< sum w sin 2 theta / sum w: which way layers dip on the whole; it changes sign in the mirror
};

/// Of an image (nz, nx), both at least 2.
DipStatistics dip_statistics(const float* image, int nz, int nx);

}  // namespace bornflow
