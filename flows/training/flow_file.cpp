#include "flows/training/flow_file.hpp"

#include <cmath>
#include <type_traits>
#include <vector>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/error.hpp"
#include "bornflow/io/output_file.hpp"
#include "bornflow/io/run_folder.hpp"
#include "flows/training/architecture_fields.hpp"
#include "flows/training/stored_array.hpp"
#include "flows/training/training_state.hpp"

namespace bornflow {

namespace {

constexpr int flow_version = 2;

// An integer attribute that must lie in [low, high].
int read_integer(const Hdf5File& file, const char* name, int low, int high) {
  const double value = file.number_attribute("/", name);
  if (!(value >= low && value <= high) || value != std::floor(value))
    throw DataError(file.path() + ": " + name + " = " + std::to_string(value) + " is not an integer in [" +
                    std::to_string(low) + ", " + std::to_string(high) + "]");
  return static_cast<int>(value);
}

std::string dataset_of(const ParameterSlice& slice) { return "/parameters/" + slice.name; }

void write_architecture(Hdf5File& file, const FlowArchitecture& architecture) {
  for_each_field(architecture, [&](const char* name, const auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, bool>)
      file.write_attribute("/", name, static_cast<int>(field));
    else
      file.write_attribute("/", name, field);
  });
}

FlowArchitecture read_architecture(const Hdf5File& file) {
  FlowArchitecture architecture;
  for_each_field(architecture, [&](const char* name, auto& field) {
    using Field = std::decay_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, std::string>)
      field = file.text_attribute("/", name);
    else if constexpr (std::is_same_v<Field, double>)
      field = file.number_attribute("/", name);
    else if constexpr (std::is_same_v<Field, bool>)
      field = read_integer(file, name, 0, 1) != 0;
    else
      field = read_integer(file, name, 0, 65536);
  });
  return architecture;
}

}  // namespace

void write_flow(Hdf5File& file, const std::string& kind, const FlowHeader& header,
                const ConditionalFlow<float>& flow) {
  file.write_attribute("/", "kind", kind);
  file.write_attribute("/", "flow_version", flow_version);
  write_architecture(file, header.architecture);
  file.write_attribute("/", "x_mean", header.normalisation.x_mean);
  file.write_attribute("/", "x_std", header.normalisation.x_std);
  file.write_attribute("/", "summary_mean", header.normalisation.summary_mean);
  file.write_attribute("/", "summary_std", header.normalisation.summary_std);
  file.write_attribute("/", "strength_use", static_cast<int>(header.normalisation.strength_use));
  file.write_attribute("/", "log_strength_mean", header.normalisation.log_strength_mean);
  file.write_attribute("/", "log_strength_std", header.normalisation.log_strength_std);
  file.write_attribute("/", "description", flow.description());
  file.write_attribute("/", "initialised", static_cast<int>(flow.initialised()));

  const Parameters<float>& parameters = flow.parameters();
  file.write_attribute("/", "n_parameters", static_cast<std::int64_t>(parameters.size()));
  file.write_attribute("/", "n_arrays", static_cast<std::int64_t>(parameters.slices().size()));
  const auto values = to_host(parameters.values());
  for (const ParameterSlice& slice : parameters.slices()) {
    write_stored_array(file, dataset_of(slice), values.data() + slice.offset, slice.size);
    file.write_attribute(dataset_of(slice), "offset", static_cast<std::int64_t>(slice.offset));
  }
}

FlowHeader read_flow_header(const Hdf5File& file, const std::string& kind) {
  if (!file.has_attribute("/", "kind"))
    throw DataError(file.path() + ": this is not a flow written by bornflow (no attribute kind)");
  if (file.text_attribute("/", "kind") != kind)
    throw DataError(file.path() + ": holds a " + file.text_attribute("/", "kind") + ", expected a " + kind);
  if (read_integer(file, "flow_version", 1, 1 << 30) != flow_version)
    throw DataError(file.path() + ": written in version " +
                    std::to_string(read_integer(file, "flow_version", 1, 1 << 30)) + " of the flow files, this program "
                    "reads version " + std::to_string(flow_version) + "; train again or use the program that wrote it");
  if (!file.has_attribute("/", "complete"))
    throw DataError(file.path() + ": the file was never completed; remove it and train again");
  FlowHeader header{read_architecture(file),
                    {file.number_attribute("/", "x_mean"), file.number_attribute("/", "x_std"),
                     file.number_attribute("/", "summary_mean"), file.number_attribute("/", "summary_std"),
                     static_cast<StrengthUse>(read_integer(file, "strength_use", 0, 2)),
                     file.number_attribute("/", "log_strength_mean"), file.number_attribute("/", "log_strength_std")}};
  const Normalisation& n = header.normalisation;
  if (!(std::isfinite(n.x_mean) && n.x_std > 0 && std::isfinite(n.summary_mean) && n.summary_std > 0 &&
        std::isfinite(n.log_strength_mean) && n.log_strength_std > 0))
    throw DataError(file.path() + ": the normalisation is not finite and positive; the file is damaged");
  return header;
}

void read_flow_parameters(const Hdf5File& file, ConditionalFlow<float>& flow) {
  const Parameters<float>& parameters = flow.parameters();
  const std::string cure = "; the file belongs to another network or version: train again";
  std::vector<float> values(parameters.size());
  for (const ParameterSlice& slice : parameters.slices()) {
    const std::string name = dataset_of(slice);
    if (!file.exists(name))
      throw DataError(file.path() + ": the parameter '" + slice.name + "' is missing" + cure);
    const auto array = read_stored_array(file, name, slice.size);
    if (file.number_attribute(name, "offset") != static_cast<double>(slice.offset))
      throw DataError(file.path() + ": the parameter '" + slice.name + "' has another place in the buffer" + cure);
    std::copy(array.begin(), array.end(), values.begin() + static_cast<std::ptrdiff_t>(slice.offset));
  }
  for (const auto& [name, expected] : {std::pair<const char*, std::size_t>{"n_parameters", parameters.size()},
                                       {"n_arrays", parameters.slices().size()}})
    if (file.number_attribute("/", name) != static_cast<double>(expected))
      throw DataError(file.path() + ": " + name + " = " +
                      std::to_string(static_cast<std::int64_t>(file.number_attribute("/", name))) +
                      ", this network has " + std::to_string(expected) + cure);
  from_host(values, parameters.values());
  flow.set_initialised(read_integer(file, "initialised", 0, 1) != 0);
}

void write_history(Hdf5File& file, const TrainingHistory& history) {
  if (history.empty()) return;
  for_each_column([&](const char* name, auto member) {
    using Field = std::decay_t<decltype(history[0].*member)>;
    using Stored = std::conditional_t<std::is_integral_v<Field>, std::int64_t, double>;
    std::vector<Stored> column;
    for (const EpochRecord& record : history) column.push_back(record.*member);
    file.write(std::string("/history/") + name, {static_cast<std::int64_t>(column.size())}, column.data());
  });
}

TrainingHistory read_history(const Hdf5File& file) {
  TrainingHistory history;
  if (!file.exists("/history/epoch")) return history;
  for_each_column([&](const char* name, auto member) {
    using Field = std::decay_t<decltype(history[0].*member)>;
    const auto column = file.read<double>(std::string("/history/") + name);
    if (history.empty()) history.resize(column.size());
    if (column.size() != history.size())
      throw DataError(file.path() + ": the columns of /history have different lengths; the file is damaged");
    for (std::size_t i = 0; i < column.size(); ++i) history[i].*member = static_cast<Field>(column[i]);
  });
  return history;
}

void save_flow(const std::string& path, const FlowHeader& header, const ConditionalFlow<float>& flow,
               const TrainingHistory& history, const std::string& configuration) {
  OutputFile output(path);
  write_flow(output.file(), "flow", header, flow);
  output.file().write_attribute("/", "git", git_hash());
  write_history(output.file(), history);
  write_configuration(output.file(), configuration);
  output.commit();
}

}  // namespace bornflow
