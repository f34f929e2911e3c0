#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "flow_checks.hpp"
#include "flows/layers/act_norm.hpp"
#include "flows/layers/affine_coupling.hpp"
#include "flows/layers/channel_permutation.hpp"
#include "flows/layers/double_coupling.hpp"
#include "flows/layers/hint_coupling.hpp"
#include "flows/layers/householder_mixing.hpp"

/// Every layer keeps the contract of layer.hpp. A new layer is one line in layers_under_test().
namespace bornflow {

namespace {

using namespace test;

template <class T>
using MakeLayer = std::function<std::unique_ptr<Layer<T>>(const LayerContext<T>&)>;

template <class T>
struct Named {
  std::string name;
  int channels, condition_channels;
  MakeLayer<T> make;
};

template <class T>
std::vector<Named<T>> layers_under_test() {
  const CouplingOptions plain{6, 1, 2.0, false}, wide{5, 3, 1.5, false}, relu{6, 1, 2.0, true}, dense{7, 1, 2.0, false, 1};
  using C = LayerContext<T>;
  return {
      {"actnorm", 3, 0, [](const C& c) { return std::make_unique<ActNorm<T>>(c, "l", 3); }},
      {"mixing", 5, 0, [](const C& c) { return std::make_unique<HouseholderMixing<T>>(c, "l", 5); }},
      {"coupling", 4, 0, [=](const C& c) {
         return std::make_unique<AffineCoupling<T>>(c, "l", ChannelRange{0, 2}, ChannelRange{2, 2}, 0, plain); }},
      {"coupling, final relu", 4, 2, [=](const C& c) {
         return std::make_unique<AffineCoupling<T>>(c, "l", ChannelRange{0, 2}, ChannelRange{2, 2}, 2, relu); }},
      {"conditional coupling", 4, 3, [=](const C& c) {
         return std::make_unique<AffineCoupling<T>>(c, "l", ChannelRange{2, 2}, ChannelRange{0, 2}, 3, wide); }},
      {"coupling by the condition", 3, 2, [=](const C& c) {
         return std::make_unique<AffineCoupling<T>>(c, "l", ChannelRange{}, ChannelRange{0, 3}, 2, wide); }},
      {"hint, 4 channels", 4, 0, [=](const C& c) { return std::make_unique<HintCoupling<T>>(c, "l", 4, wide); }},
      {"hint, 16 channels", 16, 0, [=](const C& c) { return std::make_unique<HintCoupling<T>>(c, "l", 16, plain); }},
      {"hint, 6 channels", 6, 0, [=](const C& c) { return std::make_unique<HintCoupling<T>>(c, "l", 6, plain); }},
      {"dense coupling", 5, 3, [=](const C& c) {
         return std::make_unique<AffineCoupling<T>>(c, "l", ChannelRange{0, 2}, ChannelRange{2, 3}, 3, dense); }},
      {"dense hint, 11 channels", 11, 0, [=](const C& c) { return std::make_unique<HintCoupling<T>>(c, "l", 11, dense); }},
      {"permutation", 5, 0, [](const C& c) { return std::make_unique<ChannelPermutation<T>>(c, 5, 2); }},
      {"double coupling", 5, 0, [=](const C& c) { return std::make_unique<DoubleCoupling<T>>(c, "l", 5, dense); }},
      {"double coupling given 3", 6, 3, [=](const C& c) {
         return std::make_unique<DoubleCoupling<T>>(c, "l", 6, wide, 3); }},
      {"dense hint given 4", 6, 4, [=](const C& c) { return std::make_unique<HintCoupling<T>>(c, "l", 6, dense, 4); }}};
}

/// A layer with weights of order one (the initial ones make a coupling almost the identity) and its surroundings.
template <class T>
struct Bench {
  static constexpr int n = 2, h = 2, w = 3;
  Parameters<T> parameters;
  std::unique_ptr<Layer<T>> layer;
  Condition<T> condition;
  Tensor<T> x;

  explicit Bench(const Named<T>& named) {
    layer = named.make({&parameters, std::make_shared<Workspace<T>>()});
    parameters.allocate();
    auto weights = random_vector(parameters.size(), 1);
    for (double& v : weights) v *= 0.25;
    from_host(weights, parameters.values());
    if (named.condition_channels) condition.value = random_tensor<T>(n, h, w, named.condition_channels, 2);
    x = random_tensor<T>(n, h, w, named.channels, 3);
  }

  Vector forward(const Vector& input, const Vector& weights, const Vector& given, Vector* log_det = nullptr) {
    from_host(weights, parameters.values());
    if (!given.empty()) from_host(given, condition.value.data);
    Tensor<T> t = clone(x);
    from_host(input, t.data);
    std::vector<double> sums(n, 0.0);
    layer->forward(t, condition, sums);
    if (log_det) *log_det = sums;
    return to_host(t.data);
  }
  Vector weights() const { return to_host(parameters.values()); }
  Vector given() const { return condition.value.n ? to_host(condition.value.data) : Vector{}; }
};

template <class T>
void check_inverse(double tolerance) {
  for (const auto& named : layers_under_test<T>()) {
    Bench<T> bench(named);
    Tensor<T> t = clone(bench.x);
    std::vector<double> log_det(Bench<T>::n, 0.0);
    bench.layer->forward(t, bench.condition, log_det);
    EXPECT_GT(relative_difference(to_host(t.data), to_host(bench.x.data)), 1e-2) << named.name << " does nothing";
    bench.layer->inverse(t, bench.condition);
    EXPECT_LT(relative_difference(to_host(t.data), to_host(bench.x.data)), tolerance) << named.name;
  }
}

}  // namespace

// Scales are at most exp(2), so at most 7 couplings in a row amplify rounding (1e-7, 2e-16) by less than 100.
TEST(LayerContract, inverse_undoes_forward_in_single) { check_inverse<float>(1e-5); }
TEST(LayerContract, inverse_undoes_forward_in_double) { check_inverse<double>(1e-13); }

TEST(LayerContract, log_det_is_that_of_the_dense_jacobian) {
  for (const auto& named : layers_under_test<double>()) {
    Bench<double> bench(named);
    const Vector x = to_host(bench.x.data), weights = bench.weights(), given = bench.given();
    Vector log_det;
    bench.forward(x, weights, given, &log_det);
    const auto jacobian = dense_jacobian([&](const Vector& v) { return bench.forward(v, weights, given); }, x);
    // Samples do not mix: the determinant of the batch is the product over its samples.
    EXPECT_NEAR(log_abs_determinant(jacobian), log_det[0] + log_det[1], 1e-7) << named.name;
    const std::size_t half = x.size() / 2;
    double mixing = 0;
    for (std::size_t i = 0; i < half; ++i)
      for (std::size_t j = half; j < x.size(); ++j) mixing += std::abs(jacobian[i][j]) + std::abs(jacobian[j][i]);
    EXPECT_EQ(mixing, 0) << named.name;
  }
}

TEST(LayerContract, backward_gives_input_parameters_and_condition_gradients) {
  for (const auto& named : layers_under_test<double>()) {
    Bench<double> bench(named);
    const Vector x = to_host(bench.x.data), weights = bench.weights(), given = bench.given();
    const Vector sensitivity = random_vector(x.size(), 9);
    const double log_det_weight = -0.7;
    const auto objective = [&](const Vector& input, const Vector& parameters, const Vector& condition) {
      Vector log_det;
      const Vector z = bench.forward(input, parameters, condition, &log_det);
      return dot(sensitivity, z) + log_det_weight * (log_det[0] + log_det[1]);
    };

    Tensor<double> z = clone(bench.x), dz = clone(bench.x);
    from_host(bench.forward(x, weights, given), z.data);
    from_host(sensitivity, dz.data);
    Condition<double> condition = bench.condition;
    if (!given.empty()) {
      condition.gradient = clone(condition.value);
      Kokkos::deep_copy(condition.gradient.data, 0.0);
    }
    bench.parameters.zero_gradients();
    bench.layer->backward(z, dz, condition, log_det_weight);
    EXPECT_LT(relative_difference(to_host(z.data), x), 1e-13) << named.name;

    const auto check = [&](const char* what, const Vector& gradient, const Vector& at, auto&& f) {
      for (int k = 0; k < 3; ++k) {
        const Vector direction = random_vector(at.size(), 20 + k);
        const double expected = directional_derivative(f, at, direction);
        EXPECT_NEAR(dot(gradient, direction), expected, 1e-7 * (norm(gradient) * norm(direction) + 1e-3))
            << named.name << ", " << what;
      }
    };
    check("input", to_host(dz.data), x, [&](const Vector& v) { return objective(v, weights, given); });
    check("parameters", to_host(bench.parameters.gradients()), weights,
          [&](const Vector& v) { return objective(x, v, given); });
    if (!given.empty())
      check("condition", to_host(condition.gradient.data), given,
            [&](const Vector& v) { return objective(x, weights, v); });
  }
}

TEST(LayerContract, gradients_are_added_to_those_that_are_there) {
  for (const auto& named : layers_under_test<double>()) {
    Bench<double> bench(named);
    if (bench.parameters.size() == 0) continue;   // a permutation learns nothing
    Vector once;
    for (int pass = 0; pass < 2; ++pass) {
      Tensor<double> z = clone(bench.x), dz = random_tensor<double>(2, 2, 3, named.channels, 30);
      bench.layer->backward(z, dz, bench.condition, -1);
      if (pass == 0) once = to_host(bench.parameters.gradients());
    }
    for (double& v : once) v *= 2;
    EXPECT_LT(relative_difference(to_host(bench.parameters.gradients()), once), 1e-14) << named.name;
  }
}

TEST(LayerContract, inverse_transpose_is_the_transpose_of_the_inverse) {
  for (const auto& named : layers_under_test<double>()) {
    Bench<double> bench(named);
    const Vector x = to_host(bench.x.data), sensitivity = random_vector(x.size(), 9);
    const Vector z = bench.forward(x, bench.weights(), bench.given());
    Tensor<double> t = clone(bench.x), dx = clone(bench.x);
    from_host(sensitivity, dx.data);
    bench.layer->inverse_transpose(t, dx, bench.condition);
    EXPECT_LT(relative_difference(to_host(t.data), z), 1e-14) << named.name;
    const auto f = [&](const Vector& v) {
      Tensor<double> back = clone(bench.x);
      from_host(v, back.data);
      bench.layer->inverse(back, bench.condition);
      return dot(sensitivity, to_host(back.data));
    };
    for (int k = 0; k < 3; ++k) {
      const Vector direction = random_vector(z.size(), 20 + k), gradient = to_host(dx.data);
      EXPECT_NEAR(dot(gradient, direction), directional_derivative(f, z, direction),
                  1e-7 * norm(gradient) * norm(direction)) << named.name;
    }
  }
}

TEST(LayerContract, one_condition_for_all_equals_that_condition_repeated) {
  for (const auto& named : layers_under_test<double>()) {
    if (!named.condition_channels) continue;
    Bench<double> bench(named);
    Condition<double> one{random_tensor<double>(1, 2, 3, named.condition_channels, 40), {}}, two;
    two.value = Tensor<double>(2, 2, 3, named.condition_channels);
    Vector repeated = to_host(one.value.data);
    const Vector copy = repeated;
    repeated.insert(repeated.end(), copy.begin(), copy.end());
    from_host(repeated, two.value.data);
    for (int what = 0; what < 3; ++what) {
      Tensor<double> a = clone(bench.x), b = clone(bench.x), da = clone(bench.x), db = clone(bench.x);
      std::vector<double> log_a(2, 0.0), log_b(2, 0.0);
      if (what == 0) bench.layer->forward(a, one, log_a), bench.layer->forward(b, two, log_b);
      if (what == 1) bench.layer->inverse(a, one), bench.layer->inverse(b, two);
      if (what == 2) bench.layer->inverse_transpose(a, da, one), bench.layer->inverse_transpose(b, db, two);
      // Not the same bits: a condition of each sample is convolved together with x, one for all is convolved by itself.
      EXPECT_LT(relative_difference(to_host(a.data), to_host(b.data)), 1e-13) << named.name;
      EXPECT_LT(relative_difference(to_host(da.data), to_host(db.data)), 1e-13) << named.name;
      for (int i = 0; i < 2; ++i) EXPECT_NEAR(log_a[i], log_b[i], 1e-12) << named.name;
    }
  }
}

}  // namespace bornflow
