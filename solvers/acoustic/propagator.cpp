#include "solvers/acoustic/propagator.hpp"

#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/finite_check.hpp"
#include "solvers/acoustic/finite_difference.hpp"
#include "solvers/acoustic/host_exchange.hpp"
#include "solvers/survey/wavelet.hpp"

namespace bornflow {

namespace {

const Acquisition& checked(const Acquisition& acquisition, const PropagatorOptions& options, const Grid& grid) {
  require_valid_space_order(options.space_order);
  require_valid(acquisition, grid);
  return acquisition;
}

bool is_check_step(int step, int last) { return step % steps_between_finite_checks == 0 || step == last; }

}  // namespace

template <class T>
Propagator<T>::Propagator(const Subdomain& subdomain, const PropagatorOptions& options, const Acquisition& acquisition,
                          const std::vector<float>& velocity)
    : subdomain_(subdomain),
      options_(options),
      acquisition_(checked(acquisition, options, subdomain.global)),
      velocity_range_(require_valid_velocity(subdomain.global, velocity)),
      time_axis_(make_time_axis(subdomain.global, options, acquisition, velocity_range_.max)),
      medium_(subdomain, options, time_axis_.dt, velocity),
      stepper_(medium_),
      receivers_(subdomain, medium_, acquisition.receivers) {}

template <class T>
std::size_t Propagator<T>::traces_size() const {
  return static_cast<std::size_t>(acquisition_.n_receivers()) * acquisition_.n_samples;
}

template <class T>
std::size_t Propagator<T>::background_bytes() const {
  return static_cast<std::size_t>(steps()) * layout().image_size * sizeof(T);
}

template <class T>
std::size_t Propagator<T>::working_bytes(int batch) const {
  // two levels of the background, dt^2/m, two levels of the batch; images; traces
  return sizeof(T) * (layout().field_size * (3 + 2 * static_cast<std::size_t>(batch)) +
                      batch * (layout().image_size + traces_size()));
}

template <class T>
double Propagator<T>::points_per_wavelength() const {
  return bornflow::points_per_wavelength(grid(), velocity_range_.min, max_ricker_frequency(acquisition_.peak_frequency));
}

template <class T>
void Propagator<T>::forward(int shot, T* traces) {
  run_forward(source(shot), ricker(), traces, nullptr);
}

template <class T>
void Propagator<T>::forward(int shot, const T* wavelet, T* traces) {
  run_forward(source(shot), upload_traces(1, 1, steps(), wavelet), traces, nullptr);
}

template <class T>
void Propagator<T>::forward_storing(int shot, T* traces, const BackgroundStore<T>& background) {
  run_forward(source(shot), ricker(), traces, &background);
}

template <class T>
BackgroundStore<T> Propagator<T>::make_background() const {
  return allocate_field<T>("bornflow::Propagator::background_store", layout().image_size * steps(), 6);
}

template <class T>
void Propagator<T>::run_forward(const PointOperator<T>& source, const DeviceArray<T>& wavelet, T* traces,
                                const BackgroundStore<T>* background) {
  prepare_background();
  Wavefield<T>& u = background_;
  const auto recording = traces ? make_recording(1) : DeviceArray<T>();
  for (int n = 0; n < steps(); ++n) {
    if (background) {
      T* const acceleration = background->data() + n * layout().image_size;
      stepper_.propagate_storing(u, acceleration);
      source.inject_storing(wavelet.data() + n, u.previous.data(), acceleration);
    } else {
      stepper_.propagate(u);
      source.inject(wavelet.data() + n, u.previous.data(), 1);
    }
    u.advance();
    if (traces) record(u, n + 1, recording);
    if (is_check_step(n + 1, steps())) require_finite(medium_, u.current, 1, n + 1, "wavefield");
  }
  if (traces) download_traces(1, acquisition_.n_receivers(), acquisition_.n_samples, recording, traces);
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
  download_images(layout(), 1, energy, 1.0 / std::pow(dt(), 4), image);
}

template <class T>
void Propagator<T>::wavelet_adjoint(int shot, const T* traces, T* wavelet) {
  const auto adjoint_source = upload_traces(1, acquisition_.n_receivers(), acquisition_.n_samples, traces);
  const PointOperator<T> source = this->source(shot);
  prepare_background();
  Wavefield<T>& v = background_;
  DeviceArray<T> result("bornflow::Propagator::wavelet", steps());
  for (int n = steps(); n > 0; --n) {
    stepper_.propagate(v);
    if (n % substeps() == 0)
      receivers_.inject(adjoint_source.data() + static_cast<std::size_t>(n / substeps()) * receivers_.n_points(),
                        v.previous.data(), 1);
    v.advance();
    source.record(v.current.data(), result.data() + (n - 1), 1);
    if (is_check_step(n - 1, 0)) require_finite(medium_, v.current, 1, n - 1, "adjoint wavefield");
  }
  Kokkos::deep_copy(HostArray<T>(wavelet, result.extent(0)), result);
}

template <class T>
void Propagator<T>::born(int shot, int batch, const BackgroundStore<T>& background, const T* images, T* traces) {
  BORNFLOW_REQUIRE(shot >= 0 && shot < n_shots(), "no such shot");
  const auto dm = perturbation(batch, images);
  const auto recording = make_recording(batch);
  prepare_scattered(batch);
  Wavefield<T>& du = scattered_;
  for (int n = 0; n < steps(); ++n) {
    stepper_.scatter(du, background.data() + n * layout().image_size, dm.data());
    du.advance();
    record(du, n + 1, recording);
    if (is_check_step(n + 1, steps())) require_finite(medium_, du.current, batch, n + 1, "scattered wavefield");
  }
  download_traces(batch, acquisition_.n_receivers(), acquisition_.n_samples, recording, traces);
}

template <class T>
void Propagator<T>::born(int shot, int batch, const T* images, T* traces) {
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
  download_traces(batch, acquisition_.n_receivers(), acquisition_.n_samples, recording, traces);
}

template <class T>
void Propagator<T>::born_adjoint(int shot, int batch, const BackgroundStore<T>& background, const T* traces,
                                 T* images) {
  BORNFLOW_REQUIRE(shot >= 0 && shot < n_shots(), "no such shot");
  const auto adjoint_source = upload_traces(batch, acquisition_.n_receivers(), acquisition_.n_samples, traces);
  const auto image = allocate_field<T>("bornflow::Propagator::image", layout().image_size * batch, 5);
  prepare_scattered(batch);
  Wavefield<T>& v = scattered_;
  const std::size_t per_sample = static_cast<std::size_t>(batch) * receivers_.n_points();
  // The pass that reads v^n to make v^(n-1) also correlates v^n; hence the pass for n = 0, whose new level is not used.
  for (int n = steps(); n >= 0; --n) {
    if (n == steps())
      stepper_.propagate(v);  // v^steps = 0, and the background has no acceleration there
    else
      stepper_.propagate_imaging(v, background.data() + n * layout().image_size, image.data());
    if (n > 0 && n % substeps() == 0)
      receivers_.inject(adjoint_source.data() + n / substeps() * per_sample, v.previous.data(), batch);
    v.advance();
    if (is_check_step(n, 0)) require_finite(medium_, v.current, batch, n, "adjoint wavefield");
  }
  download_images(layout(), batch, image, 1.0 / (dt() * dt()), images);
}

template <class T>
PointOperator<T> Propagator<T>::source(int shot) const {
  BORNFLOW_REQUIRE(shot >= 0 && shot < n_shots(), "no shot " + std::to_string(shot));
  const auto index = static_cast<std::size_t>(shot);
  if (acquisition_.encodings.empty()) return PointOperator<T>(subdomain_, medium_, {acquisition_.sources[index]});
  return PointOperator<T>(subdomain_, medium_, acquisition_.sources, acquisition_.encodings[index]);
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
  return DeviceArray<T>("bornflow::Propagator::recording", traces_size() * static_cast<std::size_t>(batch));
}

/// Sample 0 is u^0 = 0 and stays as allocated.
template <class T>
void Propagator<T>::record(const Wavefield<T>& field, int step, const DeviceArray<T>& recording) const {
  if (step % substeps() != 0) return;
  const std::size_t per_sample = static_cast<std::size_t>(field.batch) * receivers_.n_points();
  receivers_.record(field.current.data(), recording.data() + step / substeps() * per_sample, field.batch);
}

template class Propagator<float>;
template class Propagator<double>;

}  // namespace bornflow
