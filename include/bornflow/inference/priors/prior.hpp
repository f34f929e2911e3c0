#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// Priors: the images that training pairs are made of.
///
/// Image i is a function of (seed, i) and the options only, so that every rank can make it alone, in any order, and a
/// restart needs no state.
namespace bornflow {

class Prior {
public:
  virtual ~Prior() = default;

  /// Image `index` (0, 1, ...) as an array (nz, nx), x fastest; dimensionless, zero in the water rows.
  virtual std::vector<float> draw(std::int64_t index) const = 0;

  /// One line that tells the kind and every number of this prior.
  virtual std::string description() const = 0;
};

/// What a user can choose about the prior.
struct PriorOptions {
  std::string name = "reflectivity";  ///< "reflectivity" (synthetic layers) or "library" (patches of given images)
  std::string mode = "shallow";       ///< reflectivity only: "shallow" or "deep"
  std::string path;                   ///< library only: the HDF5 file
  std::string dataset = "/images";    ///< library only: (n, Nz, Nx), or one image (Nz, Nx)
  int nz = 64;
  int nx = 64;
  int water_rows = 4;                 ///< rows at the top that stay zero
  std::uint64_t seed = 1;
};

/// The prior named by the options. UserError for a name, mode or size that cannot be; DataError or IoError for a bad library.
std::unique_ptr<Prior> make_prior(const PriorOptions& options);

}  // namespace bornflow
