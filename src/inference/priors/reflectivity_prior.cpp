#include "bornflow/inference/priors/reflectivity_prior.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/inference/numerics/gaussian_kernel.hpp"

namespace bornflow {

namespace {

constexpr double pi = 3.14159265358979323846;
// Sub-streams of one image: the geology does not change when the texture of the amplitudes is drawn differently.
constexpr std::uint32_t geology_stream = 0;
constexpr std::uint32_t texture_stream = 1;

struct Interface {
  double depth;  // [rows], before folding and faulting
  double jump;   // impedance below minus impedance above
};

struct Fault {
  double column;           // where the fault plane crosses the middle row
  double columns_per_row;  // 1 / tan(dip), with the sign of the direction it dips to
  double throw_rows;       // downward shift of the rock to the right of the plane
};

// Uniform among all sorted depths that keep the gap: draw in the range that the gaps leave over, sort, put the gaps back.
// An image too small for the drawn number takes as many as fit.
std::vector<Interface> draw_interfaces(const ReflectivityStatistics& s, double top, double bottom, RandomStream& random) {
  const int fitting = 1 + static_cast<int>((bottom - top) / s.min_gap);
  const int count = std::min(random.integer(s.min_interfaces, s.max_interfaces), fitting);
  const double slack = (bottom - top) - (count - 1) * s.min_gap;
  std::vector<double> depths(count);
  for (double& depth : depths) depth = random.uniform(0, 1) * slack;
  std::sort(depths.begin(), depths.end());

  std::vector<Interface> interfaces(count);
  const double rho = s.impedance_correlation;
  double impedance = random.normal();
  for (int k = 0; k < count; ++k) {
    const double below = rho * impedance + std::sqrt(1 - rho * rho) * random.normal();
    interfaces[k] = {top + depths[k] + k * s.min_gap, below - impedance};
    impedance = below;
  }
  return interfaces;
}

// Downward shift h(x) = sum_j a_j sin(2 pi j x / nx + phi_j) [rows].
std::vector<double> draw_folding(const ReflectivityStatistics& s, int nx, RandomStream& random) {
  std::vector<double> shift(nx, 0.0);
  for (int j = 1; j <= s.fold_harmonics; ++j) {
    const double amplitude = s.fold_amplitude / j * random.normal();
    const double phase = random.uniform(0, 2 * pi);
    for (int ix = 0; ix < nx; ++ix) shift[ix] += amplitude * std::sin(2 * pi * j * ix / nx + phase);
  }
  return shift;
}

std::optional<Fault> draw_fault(const ReflectivityStatistics& s, int nx, RandomStream& random) {
  if (random.uniform() >= s.fault_probability) return std::nullopt;
  const double column = random.uniform(0.2, 0.8) * nx;  // inside, so that the fault is seen
  const double throw_rows = random.uniform(-s.max_throw, s.max_throw);
  const double dip = random.uniform(s.min_dip, s.max_dip) * pi / 180;
  const double direction = random.uniform() < 0.5 ? -1 : 1;
  return Fault{column, direction / std::tan(dip), throw_rows};
}

// Difference of the impedance, averaged over one row, across the point `depth`: an interface between two rows is shared
// by both, so that folded reflectors have no steps.
double reflectivity_at(double depth, const std::vector<Interface>& interfaces) {
  double sum = 0;
  for (const Interface& boundary : interfaces) {
    const double distance = std::abs(depth - boundary.depth);
    if (distance < 1) sum += (1 - distance) * boundary.jump;
  }
  return sum;
}

// Stationary Gaussian random field (nz, nx), mean 0, variance 1, covariance exp(-r^2 / (2 l^2)): white noise on a grid
// wider by the kernel, smoothed along x and then z by a Gaussian of std l / sqrt(2).
std::vector<double> draw_field(int nz, int nx, double length, RandomStream& random) {
  const double sigma = length / std::sqrt(2.0);
  const int radius = static_cast<int>(std::ceil(3 * sigma));
  std::vector<double> kernel = gaussian_kernel(sigma, radius);
  double energy = 0;
  for (double weight : kernel) energy += weight * weight;
  for (double& weight : kernel) weight /= std::sqrt(energy);  // one dimension then keeps the variance

  const int taps = 2 * radius + 1, noise_rows = nz + 2 * radius;
  std::vector<double> noise(nx + 2 * radius), field(static_cast<std::size_t>(nz) * nx, 0.0), smooth(nx);
  for (int row = 0; row < noise_rows; ++row) {
    for (double& value : noise) value = random.normal();
    std::fill(smooth.begin(), smooth.end(), 0.0);
    for (int k = 0; k < taps; ++k)
      for (int ix = 0; ix < nx; ++ix) smooth[ix] += kernel[k] * noise[ix + k];
    for (int iz = std::max(0, row - 2 * radius); iz <= std::min(nz - 1, row); ++iz)
      for (int ix = 0; ix < nx; ++ix) field[static_cast<std::size_t>(iz) * nx + ix] += kernel[row - iz] * smooth[ix];
  }
  return field;
}

// Zero in the water; zero mean and the stated standard deviation below it.
std::vector<float> normalised(const std::vector<double>& image, std::size_t water, double standard_deviation) {
  const double count = static_cast<double>(image.size() - water);
  double mean = 0, variance = 0;
  for (std::size_t i = water; i < image.size(); ++i) mean += image[i];
  mean /= count;
  for (std::size_t i = water; i < image.size(); ++i) variance += (image[i] - mean) * (image[i] - mean);
  variance /= count;
  std::vector<float> result(image.size(), 0.0f);
  if (variance == 0) return result;  // every interface folded out of a tiny image: rock without reflectors
  const double scale = standard_deviation / std::sqrt(variance);
  for (std::size_t i = water; i < image.size(); ++i) result[i] = static_cast<float>(scale * (image[i] - mean));
  return result;
}

}  // namespace

ReflectivityStatistics reflectivity_statistics(const std::string& mode) {
  ReflectivityStatistics s;
  if (mode == "shallow") return s;
  if (mode != "deep")
    throw UserError("reflectivity prior: there is no mode '" + mode + "'; use shallow or deep");
  s.min_interfaces = 6;
  s.max_interfaces = 10;
  s.fold_amplitude *= 2.5;
  s.fault_probability = 0.8;
  s.max_throw = 8;
  s.blur = 1.6;
  s.standard_deviation = 0.7;
  return s;
}

ReflectivityPrior::ReflectivityPrior(const ReflectivityOptions& options)
    : ReflectivityPrior(options, reflectivity_statistics(options.mode)) {}

ReflectivityPrior::ReflectivityPrior(const ReflectivityOptions& options, const ReflectivityStatistics& statistics)
    : options_(options), statistics_(statistics) {
  if (options.water_rows < 0 || options.nx < 2 || options.nz < options.water_rows + 8)
    throw UserError("reflectivity prior: an image of " + std::to_string(options.nz) + " x " + std::to_string(options.nx) +
                    " (nz x nx) with " + std::to_string(options.water_rows) +
                    " water rows is too small; it needs nx >= 2 and at least 8 rows below the water");
  const auto& s = statistics_;
  if (s.min_interfaces < 1 || s.max_interfaces < s.min_interfaces || s.min_gap <= 0 || s.blur <= 0 ||
      s.modulation_correlation <= 0 || std::abs(s.impedance_correlation) >= 1 || s.min_dip <= 0 || s.max_dip < s.min_dip ||
      s.max_dip > 90 || s.standard_deviation <= 0)
    throw UserError("reflectivity prior: the statistics must have 1 <= min_interfaces <= max_interfaces, positive gap, "
                    "blur, correlation length and standard deviation, 0 < dips <= 90 and |impedance_correlation| < 1");
}

std::vector<float> ReflectivityPrior::draw(std::int64_t index) const {
  BORNFLOW_REQUIRE(index >= 0, "images are numbered from 0");
  const auto& s = statistics_;
  const int nz = options_.nz, nx = options_.nx;
  RandomStream geology(options_.seed, Purpose::prior, static_cast<std::uint64_t>(index), geology_stream);
  const auto interfaces = draw_interfaces(s, options_.water_rows, nz - 1, geology);
  const auto folding = draw_folding(s, nx, geology);
  const auto fault = draw_fault(s, nx, geology);

  const int radius = static_cast<int>(std::ceil(3 * s.blur));
  const auto blur = gaussian_kernel(s.blur, radius);
  std::vector<double> image(static_cast<std::size_t>(nz) * nx, 0.0), column(nz + 2 * radius);
  for (int ix = 0; ix < nx; ++ix) {
    for (int row = 0; row < nz + 2 * radius; ++row) {  // beyond the image as well, so that the blur sees no edge
      const double z = row - radius;
      const bool shifted = fault && ix > fault->column + (z - 0.5 * nz) * fault->columns_per_row;
      column[row] = reflectivity_at(z - folding[ix] - (shifted ? fault->throw_rows : 0.0), interfaces);
    }
    for (int iz = 0; iz < nz; ++iz)
      for (int k = 0; k <= 2 * radius; ++k) image[static_cast<std::size_t>(iz) * nx + ix] += blur[k] * column[iz + k];
  }

  RandomStream texture(options_.seed, Purpose::prior, static_cast<std::uint64_t>(index), texture_stream);
  const auto field = draw_field(nz, nx, s.modulation_correlation, texture);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] *= 1 + s.modulation * field[i];
  return normalised(image, static_cast<std::size_t>(options_.water_rows) * nx, s.standard_deviation);
}

std::string ReflectivityPrior::description() const {
  const auto& s = statistics_;
  std::ostringstream text;
  text << "reflectivity " << options_.mode << ' ' << options_.nz << 'x' << options_.nx << ", water rows "
       << options_.water_rows << ", seed " << options_.seed << ", interfaces " << s.min_interfaces << '-'
       << s.max_interfaces << " at least " << s.min_gap << " rows apart, folding " << s.fold_amplitude << "/j rows, j <= "
       << s.fold_harmonics << ", fault with probability " << s.fault_probability << ", throw <= " << s.max_throw
       << " rows, dip " << s.min_dip << '-' << s.max_dip << " degrees, impedance AR(1) " << s.impedance_correlation
       << ", blur " << s.blur << " rows, modulation " << s.modulation << " over " << s.modulation_correlation
       << " pixels, standard deviation " << s.standard_deviation;
  return text.str();
}

}  // namespace bornflow
