#pragma once

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bornflow/base/random.hpp"
#include "flows/network/conditional_flow.hpp"
#include "flows/training/pair_dataset.hpp"
#include "flows/training/stored_array.hpp"

namespace bornflow::test {

/// z = (x - a y - b) exp(s), one (a, b, s) for each pixel: the smallest conditional flow with a known gradient.
class AffineFlow : public ConditionalFlow<float> {
public:
  AffineFlow(int nz, int nx, const std::string& name = "affine") : pixels_(static_cast<std::size_t>(nz * nx)) {
    a_ = parameters_.add(name + ".a.weight", pixels_);
    b_ = parameters_.add(name + ".b.bias", pixels_);
    s_ = parameters_.add(name + ".s.log_scale", pixels_);
    parameters_.allocate();
  }

  std::string description() const override { return "affine"; }
  int latent_size() const override { return static_cast<int>(pixels_); }

  double forward_flops() const override { return 0; }

  /// b = batch mean of x, s = -log(batch standard deviation).
  void initialise(const Tensor<float>& x, const Tensor<float>&) override {
    auto w = to_host(parameters_.values());
    const auto values = to_host(x.data);
    for (std::size_t p = 0; p < pixels_; ++p) {
      double sum = 0, squares = 0;
      for (int n = 0; n < x.n; ++n) sum += values[n * pixels_ + p];
      const double mean = sum / x.n;
      for (int n = 0; n < x.n; ++n) squares += std::pow(values[n * pixels_ + p] - mean, 2);
      w[b_.offset + p] = static_cast<float>(mean);
      w[s_.offset + p] = static_cast<float>(-0.5 * std::log(squares / x.n + 1e-3));
    }
    from_host(w, parameters_.values());
    initialised_ = true;
  }

  std::vector<double> loss_and_gradient(const Tensor<float>& x, const Tensor<float>& y, double weight) override {
    const auto losses = evaluate(x, y, weight);
    if (poison && poison(calls++)) {
      auto g = to_host(parameters_.gradients());
      g[1] = std::numeric_limits<float>::quiet_NaN();
      from_host(g, parameters_.gradients());
    }
    return losses;
  }
  std::vector<double> loss(const Tensor<float>& x, const Tensor<float>& y) override { return evaluate(x, y, 0); }

  Tensor<float> forward(const Tensor<float>&, const Tensor<float>&, std::vector<double>&) override { return {}; }
  Tensor<float> inverse(const Tensor<float>&, const Tensor<float>&) override { return {}; }
  Tensor<float> inverse_transpose(const Tensor<float>&, const Tensor<float>&, const Tensor<float>&) override {
    return {};
  }
  Tensor<float> backward(const Tensor<float>&, const Tensor<float>&, const Tensor<float>&, double) override { return {}; }

  std::vector<float> weights() const { return to_host(parameters_.values()); }

  std::function<bool(int)> poison;  ///< true: this call gives a NaN in the gradient
  int calls = 0;

private:
  std::vector<double> evaluate(const Tensor<float>& x, const Tensor<float>& y, double weight) {
    const auto w = to_host(parameters_.values()), hx = to_host(x.data), hy = to_host(y.data);
    auto g = to_host(parameters_.gradients());
    std::vector<double> losses;
    for (int n = 0; n < x.n; ++n) {
      double loss = 0;
      for (std::size_t p = 0; p < pixels_; ++p) {
        const float scale = std::exp(w[s_.offset + p]), condition = hy[n * pixels_ + p];
        const float z = (hx[n * pixels_ + p] - w[a_.offset + p] * condition - w[b_.offset + p]) * scale;
        loss += 0.5 * z * z - w[s_.offset + p];
        g[a_.offset + p] -= static_cast<float>(weight) * z * scale * condition;
        g[b_.offset + p] -= static_cast<float>(weight) * z * scale;
        g[s_.offset + p] += static_cast<float>(weight) * (z * z - 1);
      }
      losses.push_back(loss);
    }
    if (weight != 0) from_host(g, parameters_.gradients());
    return losses;
  }

  std::size_t pixels_;
  ParameterSlice a_, b_, s_;
};

inline FlowArchitecture toy_architecture(int nz = 4, int nx = 6) {
  FlowArchitecture architecture;
  architecture.nz = nz;
  architecture.nx = nx;
  return architecture;
}

/// Pairs x ~ N(0.3 p, 2^2), summary = 0.5 x + noise, noise ~ N(0, 0.3^2): p(x | summary) is Gaussian and affine.
inline PairArrays toy_pairs(int count, int nz = 4, int nx = 6) {
  PairArrays pairs;
  pairs.name = "toy";
  pairs.nz = nz;
  pairs.nx = nx;
  for (int sample = 0; sample < count; ++sample) {
    RandomStream stream(11, Purpose::test, static_cast<std::uint64_t>(sample));
    for (int p = 0; p < nz * nx; ++p) {
      const double x = 0.3 * (p % 5) + 2 * stream.normal(), noise = 0.3 * stream.normal();
      pairs.x.push_back(static_cast<float>(x));
      pairs.summary_noise.push_back(static_cast<float>(noise));
      pairs.summary.push_back(static_cast<float>(0.5 * x + noise));
    }
  }
  return pairs;
}

/// An empty folder of this test run that goes away with the object; the same one on all ranks.
class Folder {
public:
  Folder(const Communicator& comm, const std::string& name) : comm_(comm) {
    path_ = (std::filesystem::temp_directory_path() / ("bornflow_" + name + "_" + std::to_string(getpid()))).string();
    comm_.broadcast(path_);
    if (comm_.is_root()) std::filesystem::create_directories(path_);
    comm_.barrier();
  }
  ~Folder() {
    comm_.barrier();
    std::error_code ignored;
    if (comm_.is_root()) std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
  const Communicator& comm_;
  std::string path_;
};

}  // namespace bornflow::test
