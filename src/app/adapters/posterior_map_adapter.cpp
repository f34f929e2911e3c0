#include "src/app/adapters/posterior_map_adapter.hpp"

#include <vector>

#include "bornflow/parallel/work.hpp"

namespace bornflow {

Batch PosteriorMapAdapter::models(const Batch& z) {
  const WorkRange mine = contiguous_share(z.count, ranks_.rank(), ranks_.size());
  std::vector<float> images;
  if (mine.size() > 0) images = map_.images(static_cast<int>(mine.size()), z.row(static_cast<int>(mine.begin)));
  images = ranks_.concatenate(images);
  Batch x(z.count, model_size());
  x.values.assign(images.begin(), images.end());
  return x;
}

Batch PosteriorMapAdapter::pull_back(const Batch& z, const Batch& dx) {
  const WorkRange mine = contiguous_share(z.count, ranks_.rank(), ranks_.size());
  const int first = static_cast<int>(mine.begin), count = static_cast<int>(mine.size());
  std::vector<double> gradients;
  if (count > 0) {
    const std::vector<float> of_images(dx.row(first), dx.row(first) + static_cast<std::size_t>(count) * dx.size);
    gradients = map_.pull_back(count, z.row(first), of_images.data());
  }
  Batch dz(z.count, z.size);
  dz.values = ranks_.concatenate(gradients);
  return dz;
}

}  // namespace bornflow
