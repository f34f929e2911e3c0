#pragma once

#include <cstdint>
#include <functional>
#include <vector>

/// Pointwise statistics of posterior samples, an array (n_samples, size) with the pixels fastest.
///
/// Everything is a function of the samples and their order alone. A sample that is not finite is a NumericalError.
namespace bornflow {

/// Mean and standard deviation of samples that come one at a time (Welford's update, in double).
class RunningMoments {
public:
  explicit RunningMoments(std::size_t size);
  void add(const float* sample);
  std::int64_t count() const { return count_; }
  std::vector<float> mean() const;                ///< at least one sample
  std::vector<float> standard_deviation() const;  ///< unbiased variance, divisor n - 1; zero for a single sample

private:
  std::int64_t count_ = 0;
  std::vector<double> mean_, squares_;
};

/// Quantile of sorted values at probability p in [0, 1], linear between order statistics at position 1 + (n - 1) p
/// (type 7 of Hyndman & Fan 1996, the default of NumPy and R).
double quantile(const std::vector<float>& sorted, double probability);

/// Quantiles of every pixel: (probabilities, size).
std::vector<std::vector<float>> quantiles(const float* samples, std::int64_t n_samples, std::size_t size,
                                          const std::vector<double>& probabilities);

/// What `posterior.h5` holds of the samples.
struct PosteriorStatistics {
  std::int64_t n_samples = 0;
  std::vector<float> mean, standard_deviation, quantile_05, quantile_25, median, quantile_75, quantile_95;
};
PosteriorStatistics posterior_statistics(const float* samples, std::int64_t n_samples, std::size_t size);

/// Calls visit(pixel, sorted values of the samples there) for every pixel in order.
void for_each_pixel_sorted(const float* samples, std::int64_t n_samples, std::size_t size,
                           const std::function<void(std::size_t, const std::vector<float>&)>& visit);

}  // namespace bornflow
