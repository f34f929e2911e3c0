#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "bornflow/inference/numerics/mean_discrepancy.hpp"
#include "bornflow/inference/problems/gaussian_mixture.hpp"
#include "src/app/products.hpp"
#include "src/app/refine/bidirectional_history.hpp"
#include "src/app/refine/inverse_problems.hpp"
#include "src/app/refine/refine_tasks.hpp"

namespace bornflow {

namespace {

// A sample belongs to a mode when it is as near as this [standard deviations]: 98.9 % of a mode's own samples are.
constexpr double near_mode = 3;
constexpr int largest_sample = 4000;   // rows of a discrepancy, whose cost is their square

/// One choice of losses.
struct Variant {
  std::string name, label;
  BidirectionalLosses weights;
  std::vector<BidirectionalLosses> history;
  Batch samples;           ///< (label, sample) rows
  double near_right = 0;   ///< of the samples, by labels as they occur: within 3 deviations of a mode of their label
  double right_label = 0;  ///< nearest to a mode of their label
  double prior_mmd = 0;    ///< squared, of samples of all labels and of the prior
  double share_error = 0;  ///< largest relative error of the share of a mode among those of its label
};

class Ablation {
public:
  explicit Ablation(const RunContext& run)
      : run_(run), problem_(make_inverse_problem(run.config)), mixture_(dynamic_cast<const GaussianMixture&>(*problem_)),
        options_(make_invertible_options(run.config, *problem_)) {
    const BidirectionalLosses all = options_.training.weights;
    BidirectionalLosses forward = all, inverse;
    forward.x = forward.reconstruction = 0;
    inverse.x = all.x;
    add("all", "all losses", all);
    add("without_x", "L_y and L_z only", forward);
    add("only_x", "L_x only", inverse);
  }

  // The ranks share out the variants: each is trained by one, as it would be by any other.
  void work() {
    const Pairs pairs = draw_pairs(mixture_, run_.config.refine.pairs, run_.seed(), 0);
    const Communicator& world = run_.world();
    for (std::size_t v = 0; v < variants_.size(); ++v)
      if (static_cast<int>(v) % world.size() == world.rank()) train(variants_[v], pairs);
    for (std::size_t v = 0; v < variants_.size(); ++v) {
      const int owner = static_cast<int>(v) % world.size();
      Variant& variant = variants_[v];
      variant.samples.count = mixture_.data_size() * run_.config.refine.samples, variant.samples.size = 2;
      world.broadcast(variant.samples.values, owner);
      variant.history = broadcast_history(variant.history, world, owner);
      if (world.is_root()) measure(variant);
    }
    if (!world.is_root()) return;
    report();
    write();
  }

private:
  void add(const std::string& name, const std::string& label, const BidirectionalLosses& weights) {
    Variant variant;
    variant.name = name, variant.label = label, variant.weights = weights;
    variants_.push_back(variant);
  }

  void train(Variant& variant, const Pairs& pairs) {
    run_.log.line(variant.name + ": trains on " + std::to_string(pairs.x.count) + " pairs");
    InvertibleOptions options = options_;
    options.training.weights = variant.weights;
    TrainedInvertible trained = train_invertible(pairs, options);
    variant.history = std::move(trained.history);
    for (int label = 0; label < mixture_.data_size(); ++label) {
      std::vector<double> y(mixture_.data_size());
      y[label] = 1;
      const Batch drawn = trained.sampler->sample(y, run_.config.refine.samples, first_observed_pair + label);
      variant.samples.values.insert(variant.samples.values.end(), drawn.values.begin(), drawn.values.end());
    }
  }

  int modes_of(int label) const {
    return static_cast<int>(std::count(mixture_.labels().begin(), mixture_.labels().end(), label));
  }

  void measure(Variant& variant) const {
    const int draws = run_.config.refine.samples;
    std::vector<int> union_rows;
    for (int label = 0; label < mixture_.data_size(); ++label) {
      const double weight = static_cast<double>(modes_of(label)) / GaussianMixture::modes;
      std::vector<int> hits(GaussianMixture::modes);
      int right = 0, near = 0;
      for (int i = 0; i < draws; ++i) {
        const double* x = variant.samples.row(label * draws + i);
        const int mode = mixture_.nearest_mode(x);
        const bool is_right = mixture_.labels()[mode] == label;
        ++hits[mode];
        right += is_right ? 1 : 0;
        near += is_right && mixture_.distance(x, mode) <= near_mode ? 1 : 0;
      }
      variant.right_label += weight * right / draws;
      variant.near_right += weight * near / draws;
      const double expected = static_cast<double>(draws) / modes_of(label);
      for (int m = 0; m < GaussianMixture::modes; ++m)
        if (mixture_.labels()[m] == label)
          variant.share_error = std::max(variant.share_error, std::abs(hits[m] / expected - 1));
      const int taken = static_cast<int>(weight * std::min(draws, largest_sample));
      for (int i = 0; i < taken; ++i) union_rows.push_back(label * draws + i);
    }
    const Batch prior = draw_pairs(mixture_, static_cast<int>(union_rows.size()), run_.seed(), first_observed_pair).x;
    const std::vector<double> units = column_deviations(prior);
    variant.prior_mmd = squared_discrepancy(in_units(rows(variant.samples, union_rows), units), in_units(prior, units),
                                            run_.config.inn.x_widths);
  }

  void report() const {
    char line[200];
    run_.log.line("                      within 3 sigma of     nearest mode has     worst share     MMD^2 to");
    run_.log.line("  losses              a right mode [%]      the label [%]        of a mode [%]   the prior");
    for (const Variant& v : variants_) {
      std::snprintf(line, sizeof line, "  %-18s %17.1f %18.1f %20.1f %14.5f", v.label.c_str(), 100 * v.near_right,
                    100 * v.right_label, 100 * v.share_error, v.prior_mmd);
      run_.log.line(line);
    }
  }

  void write() const {
    OutputFile output(run_.folder.path(file_name(Product::refined)));
    Hdf5File& file = output.file();
    const std::int64_t labels = mixture_.data_size(), draws = run_.config.refine.samples;
    const Pairs truth = draw_pairs(mixture_, largest_sample, run_.seed(), first_observed_pair);
    file.write("/exact/x", {truth.x.count, 2}, truth.x.values.data());
    file.write("/exact/y", {truth.y.count, labels}, truth.y.values.data());
    file.write_attribute("/exact", "mode_labels", std::vector<double>(mixture_.labels().begin(), mixture_.labels().end()));
    for (const Variant& v : variants_) {
      const std::string group = "/ablation/" + v.name;
      file.write(group + "/samples", {labels, draws, 2}, v.samples.values.data());
      write_history(file, group + "/losses", v.history);
      file.write_attribute(group, "label", v.label);
      file.write_attribute(group, "within_3_sigma", v.near_right);
      file.write_attribute(group, "right_label", v.right_label);
      file.write_attribute(group, "share_error", v.share_error);
      file.write_attribute(group, "prior_mmd2", v.prior_mmd);
    }
    stamp(file, Product::refined, run_);
    file.write_attribute("/", "problem", run_.config.problem.kind);
    output.commit();
  }

  const RunContext& run_;
  std::unique_ptr<InverseProblem> problem_;
  const GaussianMixture& mixture_;
  InvertibleOptions options_;
  std::vector<Variant> variants_;
};

}  // namespace

void refine_mixture(const RunContext& run) { Ablation(run).work(); }

}  // namespace bornflow
