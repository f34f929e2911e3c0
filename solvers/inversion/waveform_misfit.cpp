#include "solvers/inversion/waveform_misfit.hpp"

#include <algorithm>
#include <utility>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/ordered_sum.hpp"
#include "solvers/inversion/slowness.hpp"
#include "solvers/survey/low_pass.hpp"

namespace bornflow {

template <class T>
WaveformMisfit<T>::WaveformMisfit(const Communicator& comm, WaveformSetup setup, WorkRange shots,
                                  const std::vector<float>& traces)
    : comm_(comm), setup_(std::move(setup)), shots_(shots), data_(traces.begin(), traces.end()) {
  const Acquisition& survey = setup_.acquisition;
  BORNFLOW_REQUIRE(setup_.options.dt > 0, "the time step of an inversion is fixed beforehand");
  const auto n_traces = static_cast<std::size_t>(shots.size()) * survey.n_receivers();
  BORNFLOW_REQUIRE(data_.size() == n_traces * survey.n_samples, "data and shots differ");
  if (survey.low_pass > 0)
    low_pass(survey.low_pass, survey.sample_interval, n_traces, static_cast<std::size_t>(survey.n_samples), data_.data());
}

template <class T>
std::unique_ptr<BornOperator<T>> WaveformMisfit<T>::operator_at(const std::vector<double>& m, double memory_limit) const {
  return std::make_unique<BornOperator<T>>(setup_.subdomain, setup_.options, setup_.acquisition, velocity_of(m),
                                           setup_.mask, memory_limit);
}

template <class T>
void WaveformMisfit<T>::count(const BornOperator<T>& born) {
  ledger_ += born.ledger();
}

template <class T>
double WaveformMisfit<T>::residual(BornOperator<T>& born, std::int64_t shot, std::vector<T>& traces) const {
  born.forward(static_cast<int>(shot), traces.data());
  const T* data = data_.data() + static_cast<std::size_t>(shot - shots_.begin) * traces.size();
  double sum = 0;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    traces[i] -= data[i];
    sum += static_cast<double>(traces[i]) * traces[i];
  }
  return 0.5 * sum;
}

template <class T>
double WaveformMisfit<T>::value(const std::vector<double>& m) {
  const auto born = operator_at(m, 0);
  OrderedSum sum(n_shots(), 1);
  std::vector<T> traces(born->traces_size());
  for (auto shot = shots_.begin; shot < shots_.end; ++shot) {
    const double value = residual(*born, shot, traces);
    sum.add(shot, &value);
  }
  count(*born);
  return sum.total(comm_)[0];
}

template <class T>
double WaveformMisfit<T>::value_and_gradient(BornOperator<T>& born, std::vector<double>& gradient) const {
  const std::size_t size = born.image_size();
  OrderedSum sum(n_shots(), size + 1);   // the gradient and, behind it, the value
  std::vector<T> traces(born.traces_size()), image(size);
  std::vector<double> item(size + 1);
  for (auto shot = shots_.begin; shot < shots_.end; ++shot) {
    item[size] = residual(born, shot, traces);
    born.born_adjoint(static_cast<int>(shot), 1, traces.data(), image.data());
    std::copy(image.begin(), image.end(), item.begin());
    sum.add(shot, item.data());
  }
  gradient = sum.total(comm_);
  const double value = gradient.back();
  gradient.pop_back();
  return value;
}

template <class T>
double WaveformMisfit<T>::value_and_gradient(const std::vector<double>& m, std::vector<double>& gradient) {
  // Room for one shot: its background is used at once and never again, and the next shot takes over the memory.
  if (background_bytes_ == 0) background_bytes_ = operator_at(m, 0)->background_bytes(1);
  const auto born = operator_at(m, std::min(1.5 * background_bytes_, setup_.memory_limit_bytes));
  const double value = value_and_gradient(*born, gradient);
  count(*born);
  return value;
}

template <class T>
std::vector<double> WaveformMisfit<T>::illumination(const std::vector<double>& m) {
  Propagator<T> propagator(setup_.subdomain, setup_.options, setup_.acquisition, velocity_of(m));
  OrderedSum sum(n_shots(), propagator.grid().size());
  std::vector<T> image(propagator.grid().size());
  for (auto shot = shots_.begin; shot < shots_.end; ++shot) {
    propagator.illuminate(static_cast<int>(shot), image.data());
    sum.add(shot, image.data());
  }
  ledger_.forward += shots_.size();
  return sum.total(comm_);
}

template <class T>
auto WaveformMisfit<T>::linearise(const std::vector<double>& m) -> std::unique_ptr<Linearisation> {
  std::unique_ptr<Linearisation> result(new Linearisation(*this));
  result->born_ = operator_at(m, setup_.memory_limit_bytes);
  result->value_ = value_and_gradient(*result->born_, result->gradient_);
  return result;
}

template <class T>
std::vector<double> WaveformMisfit<T>::Linearisation::apply_hessian(const std::vector<double>& x) {
  const std::vector<T> image(x.begin(), x.end());
  std::vector<T> traces(born_->traces_size()), migrated(born_->image_size());
  OrderedSum sum(misfit_.n_shots(), born_->image_size());
  for (auto shot = misfit_.shots_.begin; shot < misfit_.shots_.end; ++shot) {
    born_->born(static_cast<int>(shot), 1, image.data(), traces.data());
    born_->born_adjoint(static_cast<int>(shot), 1, traces.data(), migrated.data());
    sum.add(shot, migrated.data());
  }
  return sum.total(misfit_.comm_);
}

template <class T>
WaveformMisfit<T>::Linearisation::~Linearisation() {
  if (born_) misfit_.count(*born_);
}

template <class T>
SolveLedger WaveformMisfit<T>::total_ledger() const {
  return sum_of(comm_, ledger_);
}

template class WaveformMisfit<float>;
template class WaveformMisfit<double>;

}  // namespace bornflow
