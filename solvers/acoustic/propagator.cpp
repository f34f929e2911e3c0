#include "solvers/acoustic/propagator.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/density/density.hpp"
#include "solvers/acoustic/finite_check.hpp"
#include "solvers/acoustic/finite_difference.hpp"
#include "solvers/acoustic/host_exchange.hpp"
#include "solvers/survey/wavelet.hpp"

namespace bornflow {

namespace {

const Acquisition& checked(const Acquisition& acquisition, const PropagatorOptions& options, const Grid& grid) {
  require_valid_space_order(options.space_order);
  require_valid(acquisition, grid);
  require_valid_density(grid, options);
  return acquisition;
}

/// The layer absorbs best around the frequency of the survey.
PropagatorOptions for_survey(PropagatorOptions options, const Acquisition& acquisition) {
  options.layer_frequency = acquisition.peak_frequency;
  return options;
}

bool is_check_step(int step, int last) { return step % steps_between_finite_checks == 0 || step == last; }

}  // namespace

template <class T>
Propagator<T>::Propagator(const Subdomain& subdomain, const PropagatorOptions& options, const Acquisition& acquisition,
                          const std::vector<float>& velocity)
    : subdomain_(subdomain),
      options_(for_survey(options, acquisition)),
      acquisition_(checked(acquisition, options, subdomain.global)),
      velocity_range_(require_valid_velocity(subdomain.global, velocity)),
      time_axis_(make_time_axis(subdomain.global, options, acquisition, velocity_range_.max)),
      medium_(subdomain, options_, time_axis_.dt, velocity),
      stepper_(medium_, subdomain, options.transport),
      receivers_(subdomain, medium_, acquisition.spread(0)) {}

template <class T>
std::size_t Propagator<T>::traces_size() const {
  return static_cast<std::size_t>(acquisition_.n_receivers()) * acquisition_.n_samples;
}

template <class T>
StorageProblem Propagator<T>::storage_problem() const {
  StorageProblem problem =
      make_storage_problem(layout(), sizeof(T), options_, acquisition_, time_axis_, velocity_range_.max);
  problem.largest = layout_of_largest_part(subdomain_, options_, sizeof(T));
  return problem;
}

template <class T>
std::size_t Propagator<T>::working_bytes(int batch) const {
  // two levels of the background, v dt, two levels of the batch; their memory in the layer; images; traces
  std::size_t of_density = 0;   // itself, and the memory of a step
  if (options_.density) of_density = sizeof(T) * layout().field_size + DensityOperator<T>::working_bytes(layout(), batch);
  return of_density + sizeof(T) * (layout().field_size * (3 + 2 * static_cast<std::size_t>(batch)) +
                      layout().memory_size * (1 + static_cast<std::size_t>(batch)) + batch * (layout().image_size + traces_size()));
}

template <class T>
double Propagator<T>::points_per_wavelength() const {
  return bornflow::points_per_wavelength(grid(), velocity_range_.min, max_ricker_frequency(acquisition_.peak_frequency));
}

template <class T>
void Propagator<T>::forward(int shot, T* traces) {
  if (traces) prepare_receivers(shot);
  run_forward(background_steps(shot), traces, nullptr);
}

template <class T>
void Propagator<T>::forward(int shot, const T* wavelet, T* traces) {
  if (traces) prepare_receivers(shot);
  run_forward({stepper_, source(shot), upload_traces(1, 1, steps(), wavelet)}, traces, nullptr);
}

template <class T>
void Propagator<T>::forward_storing(int shot, T* traces, WavefieldStore<T>& background) {
  if (traces) prepare_receivers(shot);
  run_forward(background_steps(shot), traces, &background);
}

template <class T>
std::unique_ptr<WavefieldStore<T>> Propagator<T>::make_background() const {
  return make_wavefield_store<T>(options_.storage, storage_problem());
}

template <class T>
void Propagator<T>::assign(int shot, WavefieldStore<T>& background) const {
  background.begin_forward(background_steps(shot));
}

template <class T>
void Propagator<T>::run_forward(BackgroundSteps<T> steps_of_shot, T* traces, WavefieldStore<T>* background) {
  prepare_background();
  if (background) background->begin_forward(steps_of_shot);
  Wavefield<T>& u = background_;
  const auto recording = traces ? make_recording(1) : DeviceArray<T>();
  for (int n = 0; n < steps(); ++n) {
    if (background)
      background->forward_step(n, u);
    else
      steps_of_shot.propagate(n, u);
    u.advance();
    if (traces) record(u, n + 1, recording);
    if (is_check_step(n + 1, steps())) require_finite(medium_, u.current, 1, n + 1, "wavefield");
  }
  if (background) background->end_forward(u);
  if (traces) collect(1, recording, traces);
}

template <class T>
void Propagator<T>::illuminate(int shot, T* image) {
  const PointOperator<T> source = this->source(shot);
  const auto wavelet = ricker();
  const auto acceleration = allocate_field<T>("bornflow::Propagator::acceleration", layout().image_size, 6);
  const auto energy = allocate_field<T>("bornflow::Propagator::energy", layout().image_size, 5);
  prepare_background();
  Wavefield<T>& u = background_;
  for (int n = 0; n < steps(); ++n) {
    stepper_.propagate_storing(u, acceleration.data());
    source.inject_storing(wavelet.data() + n, u.previous.data(), acceleration.data());
    u.advance();
    Kokkos::parallel_for(
        "bornflow::Propagator::illuminate",
        Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, layout().image_size),
        KOKKOS_LAMBDA(std::int64_t i) { energy(i) += acceleration(i) * acceleration(i); });
    if (is_check_step(n + 1, steps())) require_finite(medium_, u.current, 1, n + 1, "wavefield");
  }
  std::vector<T> part(image_size());
  download_images(layout(), 1, energy, 1.0 / std::pow(dt(), 4), part.data());
  divide_by_density(1, 2, part.data());
  gather_parts(subdomain_, 1, part.data(), image);
}

template <class T>
void Propagator<T>::wavelet_adjoint(int shot, const T* traces, T* wavelet) {
  prepare_receivers(shot);
  const auto adjoint_source = upload_traces(1, acquisition_.n_receivers(), acquisition_.n_samples, traces);
  const PointOperator<T> source = this->source(shot);
  prepare_background();
  Wavefield<T>& v = background_;
  DeviceArray<T> recording("bornflow::Propagator::wavelet", static_cast<std::size_t>(steps()) * source.n_values());
  for (int n = steps(); n > 0; --n) {
    stepper_.propagate_adjoint(v);
    if (n % substeps() == 0)
      receivers_.inject(adjoint_source.data() + static_cast<std::size_t>(n / substeps()) * receivers_.n_points(),
                        v.previous.data(), 1);
    v.advance();
    source.record(v.current.data(), recording.data() + static_cast<std::size_t>(n - 1) * source.n_values(), 1);
    if (is_check_step(n - 1, 0)) require_finite(medium_, v.current, 1, n - 1, "adjoint wavefield");
  }
  const std::vector<T> result = source.assemble(recording, steps(), 1);
  std::copy(result.begin(), result.end(), wavelet);
}

template <class T>
void Propagator<T>::born(int shot, int batch, WavefieldStore<T>& background, const T* images, T* traces) {
  prepare_receivers(shot);
  const auto dm = perturbation(batch, images);
  const auto recording = make_recording(batch);
  if (background.acceleration_fills()) prepare_background();
  prepare_scattered(batch);
  Wavefield<T>& du = scattered_;
  for (int n = 0; n < steps(); ++n) {
    stepper_.scatter(du, background.acceleration(n, background_), dm.data());
    du.advance();
    record(du, n + 1, recording);
    if (is_check_step(n + 1, steps())) require_finite(medium_, du.current, batch, n + 1, "scattered wavefield");
  }
  collect(batch, recording, traces);
}

template <class T>
void Propagator<T>::born(int shot, int batch, const T* images, T* traces) {
  prepare_receivers(shot);
  const PointOperator<T> source = this->source(shot);
  const auto wavelet = ricker();
  const auto dm = perturbation(batch, images);
  const auto recording = make_recording(batch);
  prepare_background();
  prepare_scattered(batch);
  Wavefield<T>& u = background_;
  Wavefield<T>& du = scattered_;
  for (int n = 0; n < steps(); ++n) {
    stepper_.propagate_born(u, du, dm.data());
    source.inject_born(wavelet.data() + n, u.previous.data(), du.previous.data(), dm.data(), batch);
    u.advance();
    du.advance();
    record(du, n + 1, recording);
    if (is_check_step(n + 1, steps())) require_finite(medium_, du.current, batch, n + 1, "scattered wavefield");
  }
  collect(batch, recording, traces);
}

template <class T>
void Propagator<T>::born_adjoint(int shot, int batch, WavefieldStore<T>& background, const T* traces, T* images) {
  prepare_receivers(shot);
  const auto adjoint_source = upload_traces(batch, acquisition_.n_receivers(), acquisition_.n_samples, traces);
  const auto image = allocate_field<T>("bornflow::Propagator::image", layout().image_size * batch, 5);
  if (background_.batch == 0) prepare_background();
  background.begin_adjoint(background_);
  prepare_scattered(batch);
  Wavefield<T>& v = scattered_;
  const std::size_t per_sample = static_cast<std::size_t>(batch) * receivers_.n_points();
  // The pass that reads v^n to make v^(n-1) also correlates v^n; hence the pass for n = 0, whose new level is not used.
  for (int n = steps(); n >= 0; --n) {
    if (n == steps())
      stepper_.propagate_adjoint(v);  // v^steps = 0, and the background has no acceleration there
    else
      background.adjoint_step(n, background_, v, image.data());
    if (n > 0 && n % substeps() == 0)
      receivers_.inject(adjoint_source.data() + n / substeps() * per_sample, v.previous.data(), batch);
    v.advance();
    if (is_check_step(n, 0)) require_finite(medium_, v.current, batch, n, "adjoint wavefield");
  }
  download_images(layout(), batch, image, 1.0 / (dt() * dt()), images);
  divide_by_density(batch, 1, images);
}

template <class T>
void Propagator<T>::divide_by_density(int batch, int power, T* images) const {
  if (!options_.density) return;
  const std::vector<float> density = owned_part(subdomain_, 1, options_.density->data());
  for (int b = 0; b < batch; ++b)
    for (std::size_t i = 0; i < density.size(); ++i)
      for (int n = 0; n < power; ++n) images[b * density.size() + i] /= static_cast<T>(density[i]);
}

template <class T>
PointOperator<T> Propagator<T>::source(int shot) const {
  BORNFLOW_REQUIRE(shot >= 0 && shot < n_shots(), "no shot " + std::to_string(shot));
  const auto index = static_cast<std::size_t>(shot);
  if (acquisition_.encodings.empty()) return PointOperator<T>(subdomain_, medium_, {acquisition_.sources[index]});
  return PointOperator<T>(subdomain_, medium_, acquisition_.sources, acquisition_.encodings[index]);
}

template <class T>
void Propagator<T>::prepare_receivers(int shot) {
  BORNFLOW_REQUIRE(shot >= 0 && shot < n_shots(), "no shot " + std::to_string(shot));
  if (acquisition_.spreads.empty() || shot == receivers_shot_) return;
  receivers_ = PointOperator<T>(subdomain_, medium_, acquisition_.spread(shot));
  receivers_shot_ = shot;
}

template <class T>
DeviceArray<T> Propagator<T>::ricker() const {
  const auto wavelet = source_wavelet(acquisition_, dt(), steps());
  const std::vector<T> values(wavelet.begin(), wavelet.end());
  return upload_traces(1, 1, steps(), values.data());
}

template <class T>
void Propagator<T>::prepare_background() {
  if (background_.batch == 0)
    background_ = Wavefield<T>(layout(), 1, 0);
  else
    background_.set_zero();
}

template <class T>
void Propagator<T>::prepare_scattered(int batch) {
  BORNFLOW_REQUIRE(batch > 0, "a batch has at least one field");
  if (scattered_.batch != batch) {
    scattered_ = Wavefield<T>();  // frees before it allocates
    scattered_ = Wavefield<T>(layout(), batch, 3);
  } else {
    scattered_.set_zero();
  }
}

template <class T>
DeviceArray<T> Propagator<T>::perturbation(int batch, const T* images) const {
  return upload_images(layout(), batch, images, 1.0 / (dt() * dt()));
}

template <class T>
DeviceArray<T> Propagator<T>::make_recording(int batch) const {
  const auto n = static_cast<std::size_t>(acquisition_.n_samples) * batch * receivers_.n_values();
  return DeviceArray<T>("bornflow::Propagator::recording", n);
}

/// Sample 0 is u^0 = 0 and stays as allocated.
template <class T>
void Propagator<T>::record(const Wavefield<T>& field, int step, const DeviceArray<T>& recording) const {
  if (step % substeps() != 0) return;
  const std::size_t per_sample = static_cast<std::size_t>(field.batch) * receivers_.n_values();
  receivers_.record(field.current.data(), recording.data() + step / substeps() * per_sample, field.batch);
}

template <class T>
void Propagator<T>::collect(int batch, const DeviceArray<T>& recording, T* traces) const {
  const std::vector<T> by_sample = receivers_.assemble(recording, acquisition_.n_samples, batch);
  transpose_traces(batch, acquisition_.n_receivers(), acquisition_.n_samples, by_sample, traces);
}

template class Propagator<float>;
template class Propagator<double>;

}  // namespace bornflow
