#include "bornflow/inference/priors/prior.hpp"

#include "bornflow/base/error.hpp"
#include "bornflow/inference/priors/image_library_prior.hpp"
#include "bornflow/inference/priors/reflectivity_prior.hpp"

namespace bornflow {

std::unique_ptr<Prior> make_prior(const PriorOptions& options) {
  if (options.name == "reflectivity") {
    ReflectivityOptions reflectivity;
    reflectivity.nz = options.nz;
    reflectivity.nx = options.nx;
    reflectivity.water_rows = options.water_rows;
    reflectivity.mode = options.mode;
    reflectivity.seed = options.seed;
    return std::make_unique<ReflectivityPrior>(reflectivity);
  }
  if (options.name == "library") {
    ImageLibraryOptions library;
    library.path = options.path;
    library.dataset = options.dataset;
    library.nz = options.nz;
    library.nx = options.nx;
    library.water_rows = options.water_rows;
    library.seed = options.seed;
    return std::make_unique<ImageLibraryPrior>(library);
  }
  throw UserError("there is no prior '" + options.name + "'; use reflectivity or library");
}

}  // namespace bornflow
