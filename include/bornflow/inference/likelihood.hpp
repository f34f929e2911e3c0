#pragma once

#include <cstdint>
#include <vector>

#include "bornflow/inference/log_density.hpp"

namespace bornflow {

/// How many solves a method has cost. One solve is one application of the forward operator of a whole model or of its
/// adjoint; a likelihood of many shots counts each shot.
struct OperatorLedger {
  std::int64_t forward = 0, adjoint = 0;
  std::int64_t total() const { return forward + adjoint; }
};

/// The first of the two concepts that inference knows: p(y|x) of data y given a model x, for batches of both. A batch of
/// data may have one row, which then holds for every model.
///
/// Every evaluation is counted in the ledger: log_values one forward solve a model, with_gradients one forward and one
/// adjoint, simulate one forward. What only checks a method against a known answer must take a likelihood of its own.
class Likelihood {
public:
  virtual ~Likelihood() = default;
  virtual int model_size() const = 0;
  virtual int data_size() const = 0;
  virtual int shots() const { return 1; }  ///< solves of one model

  /// log p(y_i|x_i), normalised as a density of y [nats].
  std::vector<double> log_values(const Batch& x, const Batch& y);
  /// The same, and the score: the gradient with respect to x_i.
  LogValues with_gradients(const Batch& x, const Batch& y);
  /// Data y_i drawn from p(y|x_i); y_i is a function of (seed, first + i) and x_i alone.
  Batch simulate(const Batch& x, std::uint64_t seed, std::uint64_t first);

  const OperatorLedger& ledger() const { return ledger_; }

protected:
  virtual std::vector<double> evaluate(const Batch& x, const Batch& y) const = 0;
  virtual LogValues differentiate(const Batch& x, const Batch& y) const = 0;
  virtual Batch draw_data(const Batch& x, std::uint64_t seed, std::uint64_t first) const = 0;

private:
  void check(const Batch& x, const Batch& y) const;
  OperatorLedger ledger_;
};

/// log p(y|x) + log p(x) for one y: the posterior up to the constant -log p(y). Refers to both, which must outlive it;
/// with_gradients() and log_values() are counted in the likelihood's ledger.
class PosteriorDensity final : public LogDensity {
public:
  PosteriorDensity(Likelihood& likelihood, const LogDensity& prior, const std::vector<double>& y);
  int size() const override { return prior_.size(); }
  std::vector<double> log_values(const Batch& x) const override;
  LogValues with_gradients(const Batch& x) const override;

private:
  Likelihood& likelihood_;
  const LogDensity& prior_;
  Batch y_;
};

}  // namespace bornflow
