#include "flows/training/checkpoint.hpp"

#include <cstddef>
#include <filesystem>
#include <type_traits>
#include <utility>

#include "bornflow/base/error.hpp"
#include "bornflow/io/output_file.hpp"
#include "bornflow/io/run_folder.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "flows/training/architecture_fields.hpp"
#include "flows/training/stored_array.hpp"

namespace bornflow {

namespace {

constexpr const char* kind = "flow checkpoint";

void write_array(Hdf5File& file, const std::string& name, const DeviceArray<float>& values) {
  const auto host = to_host(values);
  write_stored_array(file, name, host.data(), host.size());
}

void read_array(const Hdf5File& file, const std::string& name, const DeviceArray<float>& values) {
  from_host(read_stored_array(file, name, values.extent(0)), values);
}

void broadcast_array(const Communicator& comm, const DeviceArray<float>& values) {
  auto host = to_host(values);
  comm.broadcast(host);
  from_host(host, values);
}

bool file_exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

Checkpoint::Checkpoint(const Communicator& comm, std::string path, std::string configuration, FlowHeader header)
    : comm_(comm), path_(std::move(path)), configuration_(std::move(configuration)), header_(std::move(header)) {}

std::string Checkpoint::previous_path(const std::string& path) {
  std::filesystem::path name(path);
  const std::string ending = name.extension().string();
  return name.replace_extension().string() + ".previous" + ending;
}

void Checkpoint::write(const TrainingParts& parts) const {
  OutputFile output(path_);
  Hdf5File& file = output.file();
  write_flow(file, kind, header_, parts.flow);
  write_history(file, parts.state.history);
  write_array(file, "/optimiser/first_moment", parts.adam.first_moment());
  write_array(file, "/optimiser/second_moment", parts.adam.second_moment());
  if (parts.average.is_on()) write_array(file, "/average/values", parts.average.values());
  const auto& best = parts.state.best_values;
  if (!best.empty()) write_stored_array(file, "/best/values", best.data(), best.size());

  write_configuration(file, configuration_);
  file.write_attribute("/optimiser", "steps", parts.adam.steps());
  file.write_attribute("/optimiser", "average_updates", parts.average.updates());
  for_each_number(parts.state, [&](const char* name, const auto& field) {
    file.write_attribute("/optimiser", name, static_cast<double>(field));
  });
  output.commit(previous_path(path_));
}

void Checkpoint::save(const TrainingParts& parts) const {
  run_on_root(comm_, [&] { write(parts); });
}

void Checkpoint::read(const std::string& path, const TrainingParts& parts) const {
  const Hdf5File file = Hdf5File::open(path);
  const FlowHeader header = read_flow_header(file, kind);
  const std::string cure = "; give the old parameters, or remove " + path_ + " to train from the start";
  if (file.text_attribute("/", "configuration") != text_digest(configuration_))
    throw UserError(path + ": the checkpoint is of another configuration" + cure);
  const std::string network = architecture_text(header.architecture);
  if (network != architecture_text(header_.architecture))
    throw UserError(path + ": the checkpoint is of another network (" + network + ")" + cure);
  if (!(header.normalisation == header_.normalisation))
    throw UserError(path + ": the training pairs are not those of the checkpoint (their mean or standard deviation "
                    "differs)" + cure);

  read_flow_parameters(file, parts.flow);
  read_array(file, "/optimiser/first_moment", parts.adam.first_moment());
  read_array(file, "/optimiser/second_moment", parts.adam.second_moment());
  if (parts.average.is_on()) read_array(file, "/average/values", parts.average.values());
  parts.adam.set_steps(static_cast<std::int64_t>(file.number_attribute("/optimiser", "steps")));
  parts.average.set_updates(static_cast<std::int64_t>(file.number_attribute("/optimiser", "average_updates")));
  for_each_number(parts.state, [&](const char* name, auto& field) {
    field = static_cast<std::decay_t<decltype(field)>>(file.number_attribute("/optimiser", name));
  });
  parts.state.best_values.clear();  // what a damaged newer checkpoint may have left
  if (parts.state.best_epoch > 0)
    parts.state.best_values = read_stored_array(file, "/best/values", parts.flow.parameters().size());
  parts.state.history = read_history(file);
}

bool Checkpoint::read_newest(const TrainingParts& parts, std::string& warning) const {
  const std::string previous = previous_path(path_);
  if (!file_exists(path_) && !file_exists(previous)) return false;
  std::string damage;
  for (const std::string& path : {path_, previous}) {
    if (!file_exists(path)) continue;
    try {
      read(path, parts);
      if (!damage.empty()) warning = damage + ". Training continues from the older " + path;
      return true;
    } catch (const DataError& error) {
      damage += (damage.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  throw DataError("no checkpoint of this training can be read: " + damage + ". Remove " + path_ + " and " + previous +
                  " to train from the start");
}

bool Checkpoint::restore(const TrainingParts& parts, const Warn& warn) const {
  bool found = false;
  std::string warning;
  run_on_root(comm_, [&] { found = read_newest(parts, warning); });
  comm_.broadcast(warning);
  if (!warning.empty() && warn) warn(warning);
  if (!comm_.any(found)) return false;

  broadcast_array(comm_, parts.flow.parameters().values());
  broadcast_array(comm_, parts.adam.first_moment());
  broadcast_array(comm_, parts.adam.second_moment());
  if (parts.average.is_on()) broadcast_array(comm_, parts.average.values());
  std::vector<std::int64_t> counts = {parts.flow.initialised(), parts.adam.steps(), parts.average.updates()};
  comm_.broadcast(counts);
  parts.flow.set_initialised(counts[0] != 0);
  parts.adam.set_steps(counts[1]);
  parts.average.set_updates(counts[2]);
  broadcast_state(comm_, parts.state);
  return true;
}

void Checkpoint::remove() const {
  run_on_root(comm_, [&] {
    std::error_code ignored;  // a checkpoint that stays does no harm: the product beside it is complete
    std::filesystem::remove(path_, ignored);
    std::filesystem::remove(previous_path(path_), ignored);
  });
}

}  // namespace bornflow
