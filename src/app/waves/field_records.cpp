#include "src/app/waves/field_records.hpp"

#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/report/number.hpp"
#include "src/app/waves/traces_file.hpp"

namespace bornflow {

namespace {

constexpr double same_place = 0.01;   // [m]: coordinates in a file are rounded

/// that `there`, of a file, is `here`, of [acquisition]: x, y and z of the point that `name` names.
void require_same_point(const std::string& path, const std::string& name, const double* there, const Point& here) {
  const double expected[3] = {here.x, here.y, here.z};
  for (int axis = 0; axis < 3; ++axis)
    if (!(std::abs(there[axis] - expected[axis]) <= same_place))
      throw UserError(path + ": " + name + " has " + "xyz"[axis] + " = " + format_significant(there[axis], 9) + " m where [acquisition] puts " +
                      format_significant(expected[axis], 9) + " m. The positions of the records can be those of the survey: [acquisition] file.");
}

void require_same_sources(const Hdf5File& file, const std::string& path, const Acquisition& acquisition) {
  if (!file.exists("/sources")) return;
  const std::vector<std::int64_t> expected = {static_cast<std::int64_t>(acquisition.sources.size()), 3};
  if (file.shape("/sources") != expected)
    throw DataError(path + ": /sources is " + text_of(file.shape("/sources")) + ", but [acquisition] asks for " + text_of(expected) + ".");
  const std::vector<double> there = file.read<double>("/sources");
  for (std::size_t i = 0; i < acquisition.sources.size(); ++i)
    require_same_point(path, "source " + std::to_string(i) + " of /sources", there.data() + 3 * i, acquisition.sources[i]);
}

// Positions of all shots or of each. Where a trace was not recorded it does not matter what the file says.
void require_same_receivers(const Hdf5File& file, const std::string& path, const Acquisition& acquisition) {
  if (!file.exists("/receivers")) return;
  const std::vector<std::int64_t> of_all = {acquisition.n_receivers(), 3}, shape = file.shape("/receivers");
  const std::vector<std::int64_t> of_shots = {acquisition.n_shots(), acquisition.n_receivers(), 3};
  if (shape != of_all && shape != of_shots)
    throw DataError(path + ": /receivers is " + text_of(shape) + ", but [acquisition] asks for " + text_of(of_all) + " or " +
                    text_of(of_shots) + ".");
  const std::vector<double> there = file.read<double>("/receivers");
  for (int shot = 0; shot < acquisition.n_shots(); ++shot) {
    const std::vector<Point>& here = acquisition.spread(shot);
    const double* point = there.data() + (shape == of_shots ? 3 * here.size() * static_cast<std::size_t>(shot) : 0);
    for (std::size_t i = 0; i < here.size(); ++i, point += 3)
      if (!is_absent(here[i]))
        require_same_point(path, "receiver " + std::to_string(i) + " of shot " + std::to_string(shot) + " in /receivers", point, here[i]);
  }
}

}  // namespace

void require_field_records(const RunConfig& config, const Acquisition& acquisition) {
  const std::string &path = config.observed.file, &dataset = config.observed.dataset;
  const Hdf5File file = Hdf5File::open(path);
  require_traces(file, path, dataset, acquisition);
  for (const std::string& object : {dataset, std::string("/")}) {
    if (!file.has_attribute(object, "sample_interval")) continue;
    const double interval = file.number_attribute(object, "sample_interval");
    if (!(std::abs(interval - acquisition.sample_interval) <= 1e-6 * acquisition.sample_interval))
      throw UserError(path + ": sample_interval is " + format_significant(interval, 9) + " s, but [time] sample_interval = " +
                      format_significant(acquisition.sample_interval, 9) + " s. Resample the records, or change [time].");
  }
  require_same_sources(file, path, acquisition);
  require_same_receivers(file, path, acquisition);
}

std::vector<float> read_field_records(const RunConfig& config, const Acquisition& acquisition, WorkRange shots) {
  const std::string& path = config.observed.file;
  return read_traces(Hdf5File::open(path), path, config.observed.dataset, acquisition, shots,
                     ". Repair the trace, or mark it as not recorded by NaN in /receivers (shots, receivers, 3) of [acquisition] file.");
}

}  // namespace bornflow
