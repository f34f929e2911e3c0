#include <gtest/gtest.h>

#include "bornflow/base/error.hpp"
#include "support/world.hpp"
#include "tests/solvers/density_survey.hpp"

namespace bornflow {

namespace {

/// Two- and three-dimensional surveys with points at every awkward place: on and beside the cuts in the middle and at the
/// thirds, in corners of parts, within the interpolation radius of both, and on the edge of the grid.
test::SmallSurvey awkward_survey(bool three_dimensional) {
  test::SmallSurvey s = test::small_survey(34, 31, 40);
  if (three_dimensional) {
    s.grid.nx = 22, s.grid.ny = 19, s.grid.nz = 24;
    s.grid.dy = 11;
    s.options.layer_width = 5;
    s.acquisition.n_samples = 24;
    s.velocity.clear();
    for (std::size_t i = 0; i < s.grid.size(); ++i)
      s.velocity.push_back(static_cast<float>(1600 + 600 * std::sin(0.01 * i) + 150 * std::sin(0.37 * i)));
  }
  const Grid& g = s.grid;
  const double x = g.dx * g.nx, y = three_dimensional ? g.dy * g.ny : 0, z = g.dz * g.nz;
  s.acquisition.sources = {{x / 2, y / 2, z / 2}, {x / 3 + 3, y / 2 - 7, z / 4 + 1}, {0, 0, 0}};
  s.acquisition.receivers.clear();
  for (const double part : {0.0, 0.25, 0.333, 0.48, 0.5, 0.52, 0.75, 0.93})
    for (const double depth : {0.1, 0.25, 0.49, 0.5, 0.77}) {
      s.acquisition.receivers.push_back({part * x, 0.5 * y, depth * z});
      s.acquisition.receivers.push_back({std::floor(part * g.nx) * g.dx, three_dimensional ? 5 * g.dy : 0,
                                         std::floor(depth * g.nz) * g.dz});
    }
  return s;
}

/// Every cut into `n_ranks` parts that are at least `radius` wide.
std::vector<Partition> partitions_of(const Grid& g, int n_ranks, int radius) {
  std::vector<Partition> result;
  const auto fits = [&](int n, int p) { return p == 1 || n / p >= radius; };
  for (int px = 1; px <= n_ranks; ++px)
    for (int py = 1; px * py <= n_ranks; ++py) {
      const Partition p{px, py, n_ranks / (px * py)};
      if (p.count() == n_ranks && fits(g.nx, p.nx) && fits(g.ny, p.ny) && fits(g.nz, p.nz)) result.push_back(p);
    }
  return result;
}

std::string text_of(const Partition& p) {
  return std::to_string(p.nx) + " x " + std::to_string(p.ny) + " x " + std::to_string(p.nz);
}

/// Everything that the operator does for one shot, one after the other.
template <class T>
std::vector<T> everything(const test::SmallSurvey& s, const Subdomain& domain, double memory) {
  BornOperator<T> op(domain, s.options, s.acquisition, s.velocity, {}, memory);
  std::vector<T> result(op.traces_size());
  op.forward(1, result.data());
  const auto images = test::random_values<T>(2 * op.image_size(), 5);
  std::vector<T> traces(2 * op.traces_size());
  op.born(1, 2, images.data(), traces.data());
  result.insert(result.end(), traces.begin(), traces.end());
  if (memory == 0) return result;
  std::vector<T> migrated(2 * op.image_size());
  const auto data = test::random_values<T>(traces.size(), 6);
  op.born_adjoint(1, 2, data.data(), migrated.data());
  result.insert(result.end(), migrated.begin(), migrated.end());
  Propagator<T> propagator(domain, s.options, s.acquisition, s.velocity);
  std::vector<T> wavelet(propagator.steps());
  propagator.wavelet_adjoint(1, data.data(), wavelet.data());
  result.insert(result.end(), wavelet.begin(), wavelet.end());
  std::vector<T> light(s.grid.size());
  propagator.illuminate(1, light.data());
  result.insert(result.end(), light.begin(), light.end());
  return result;
}

struct Case {
  bool three_dimensional;
  int space_order;
  double memory = 1e9;                       // 0: fused Born, no adjoint
  Top top = Top::absorbing;
  Storage storage = Storage::full;
  Absorbing absorbing = Absorbing::damping;
  bool varies_in_density = false;
  bool moves = false;                        // the receivers differ from shot to shot
};

template <class T>
void expect_same_bits(const Case& c) {
  const auto world = test::world();
  test::SmallSurvey s = awkward_survey(c.three_dimensional);
  s.options.space_order = c.space_order;
  s.options.top = c.top;
  s.options.storage = c.storage;
  s.options.absorbing = c.absorbing;
  if (c.varies_in_density) s.options.density = test::layered_density(s.grid);
  if (c.moves) {
    std::vector<Point>& receivers = s.acquisition.receivers;
    s.acquisition.spreads = {receivers, {receivers.rbegin(), receivers.rend()}, receivers};
    s.acquisition.spreads[1][7] = s.acquisition.spreads[1][20] = absent_receiver();
    receivers.clear();
  }
  const int reach = c.varies_in_density ? c.space_order - 1 : c.space_order / 2;
  if (c.storage == Storage::recompute) s.options.storage_memory = 2e5;   // some snapshots, and some steps at a time
  const auto alone = everything<T>(s, s.subdomain(), c.memory);
  EXPECT_GT(test::norm(alone), 0);
  const auto expect_same = [&](const Partition& partition, Transport transport) {
    s.options.transport = transport;
    const CutRules rules{reach, s.options.layer_width};
    const auto cut = everything<T>(s, make_subdomain(s.grid, partition, rules, world), c.memory);
    std::size_t first = 0;
    while (first < alone.size() && alone[first] == cut[first]) ++first;
    EXPECT_EQ(first, alone.size()) << text_of(partition) << " parts, " << name_of(transport) << ": relative difference "
                                   << test::relative_difference(cut, alone);
  };
  const auto partitions = partitions_of(s.grid, world.size(), reach);
  ASSERT_FALSE(partitions.empty());
  if (c.storage != Storage::full) return expect_same(partitions[partitions.size() / 2], Transport::direct);
  for (const Partition& partition : partitions) expect_same(partition, Transport::direct);
  expect_same(partitions.back(), Transport::staged);
}

}  // namespace

TEST(DomainMpi, gives_the_same_bits_for_any_cut_in_2d) {
  expect_same_bits<float>({false, 8});
  expect_same_bits<double>({false, 4});
}

TEST(DomainMpi, gives_the_same_bits_for_any_cut_in_3d) {
  expect_same_bits<float>({true, 8});
  expect_same_bits<double>({true, 2});
}

TEST(DomainMpi, gives_the_same_bits_below_a_free_surface) {
  expect_same_bits<float>({false, 8, 1e9, Top::free_surface});
  expect_same_bits<float>({true, 4, 1e9, Top::free_surface});
  expect_same_bits<float>({false, 14, 1e9, Top::free_surface});   // with 4 ranks the surface mirrors a row of the next part
}

TEST(DomainMpi, gives_the_same_bits_with_fused_born) {
  expect_same_bits<float>({false, 8, 0});
  expect_same_bits<float>({true, 4, 0});
}

TEST(DomainMpi, gives_the_same_bits_with_every_storage) {
  for (const Storage storage : {Storage::half, Storage::byte, Storage::boundary, Storage::recompute}) {
    expect_same_bits<float>({false, 8, 1e9, Top::free_surface, storage});
    expect_same_bits<float>({true, 4, 1e9, Top::absorbing, storage});
  }
}

TEST(DomainMpi, gives_the_same_bits_with_a_cpml) {
  expect_same_bits<float>({false, 8, 1e9, Top::free_surface, Storage::full, Absorbing::cpml});
  expect_same_bits<float>({true, 4, 1e9, Top::absorbing, Storage::full, Absorbing::cpml});
  for (const Storage storage : {Storage::half, Storage::byte, Storage::boundary, Storage::recompute})
    expect_same_bits<float>({false, 8, 1e9, Top::absorbing, storage, Absorbing::cpml});
  expect_same_bits<double>({false, 4, 0, Top::absorbing, Storage::full, Absorbing::cpml});
}

TEST(DomainMpi, gives_the_same_bits_where_the_density_varies) {
  const auto with_density = [](Case c) {
    c.varies_in_density = true;
    return c;
  };
  expect_same_bits<float>(with_density({false, 8, 1e9, Top::free_surface}));
  expect_same_bits<float>(with_density({true, 4, 1e9}));
  expect_same_bits<double>(with_density({true, 2, 0}));
  for (const Storage storage : {Storage::half, Storage::byte, Storage::boundary, Storage::recompute})
    expect_same_bits<float>(with_density({false, 8, 1e9, Top::absorbing, storage}));
  expect_same_bits<float>(with_density({false, 8, 1e9, Top::absorbing, Storage::boundary, Absorbing::cpml}));
}

TEST(DomainMpi, gives_the_same_bits_where_receivers_move) {
  Case c{false, 8};
  c.moves = true;
  expect_same_bits<float>(c);
  c.three_dimensional = true;
  expect_same_bits<double>(c);
}

TEST(DomainMpi, keeps_adjoints_exact) {
  const auto world = test::world();
  const test::SmallSurvey s = awkward_survey(true);
  const CutRules rules{s.options.space_order / 2, s.options.layer_width};
  const Subdomain domain = make_subdomain(s.grid, choose_partition(s.grid, world.size(), rules), rules, world);
  BornOperator<double> op(domain, s.options, s.acquisition, s.velocity, {}, 1e9);
  const auto image = test::random_values<double>(op.image_size(), 1), data = test::random_values<double>(op.traces_size(), 2);
  std::vector<double> traces(data.size()), migrated(image.size());
  op.born(0, 1, image.data(), traces.data());
  op.born_adjoint(0, 1, data.data(), migrated.data());
  const double scale = test::norm(traces) * test::norm(data);
  EXPECT_NEAR(test::dot(traces, data), test::dot(image, migrated), 1e-12 * scale);
}

TEST(DomainMpi, gathers_what_it_cut) {
  const auto world = test::world();
  Grid grid;
  grid.nx = 9, grid.ny = 7, grid.nz = 8;
  const auto global = test::random_values<float>(3 * grid.size(), 9);
  for (const Partition& partition : partitions_of(grid, world.size(), 1)) {
    const Subdomain s = make_subdomain(grid, partition, {1, 3}, world);
    const auto part = owned_part(s, 3, global.data());
    std::vector<float> gathered(global.size());
    gather_parts(s, 3, part.data(), gathered.data());
    EXPECT_EQ(gathered, global) << text_of(partition);
  }
}

TEST(DomainMpi, refuses_a_cut_that_does_not_fit) {
  const auto world = test::world();
  Grid grid;
  grid.nx = 40, grid.nz = 12;
  EXPECT_THROW(make_subdomain(grid, {1, 1, world.size() + 1}, {4, 10}, world), UserError);
  if (world.size() == 4) {
    try {
      make_subdomain(grid, {1, 1, 4}, {4, 10}, world);
      FAIL() << "12 points do not make 4 parts of 4";
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find("at most 3 parts"), std::string::npos) << error.what();
    }
    grid.nx = 12;
    EXPECT_THROW(choose_partition(grid, 16, {4, 10}), UserError);
  }
  grid.nx = 40, grid.nz = 400;
  EXPECT_EQ(choose_partition(grid, 4, {4, 10}).nz, 4);
}

}  // namespace bornflow
