#include <type_traits>
#include <utility>
#include <vector>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "flows/training/architecture_fields.hpp"
#include "flows/training/flow_file.hpp"
#include "flows/training/stored_array.hpp"
#include "flows/training/training_state.hpp"

namespace bornflow {

namespace {

// The weights come from the file, so the seed of the initial ones does not matter.
std::unique_ptr<ConditionalFlow<float>> build(const FlowArchitecture& architecture, const std::string& path) {
  try {
    return make_flow<float>(architecture, 0);
  } catch (const UserError& error) {
    throw DataError(path + ": no such network can be built: " + error.what());
  }
}

void broadcast_header(const Communicator& comm, FlowHeader& header) {
  for_each_field(header.architecture, [&](const char*, auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, std::string>) {
      comm.broadcast(field);
    } else {
      std::vector<double> number = {static_cast<double>(field)};
      comm.broadcast(number);
      field = static_cast<std::decay_t<decltype(field)>>(number[0]);
    }
  });
  Normalisation& n = header.normalisation;
  std::vector<double> numbers = {n.x_mean, n.x_std, n.summary_mean, n.summary_std, static_cast<double>(n.strength_use),
                                 n.log_strength_mean, n.log_strength_std};
  comm.broadcast(numbers);
  n = {numbers[0], numbers[1], numbers[2], numbers[3], static_cast<StrengthUse>(static_cast<int>(numbers[4])),
       numbers[5], numbers[6]};
}

}  // namespace

LoadedFlow load_flow(const std::string& path) {
  const Hdf5File file = Hdf5File::open(path);
  LoadedFlow loaded;
  loaded.header = read_flow_header(file, "flow");
  loaded.flow = build(loaded.header.architecture, path);
  read_flow_parameters(file, *loaded.flow);
  loaded.history = read_history(file);
  return loaded;
}

LoadedFlow load_flow(const Communicator& comm, const std::string& path) {
  LoadedFlow loaded;
  run_on_root(comm, [&] { loaded = load_flow(path); });
  broadcast_header(comm, loaded.header);
  if (!comm.is_root()) loaded.flow = build(loaded.header.architecture, path);
  std::vector<float> values;
  if (comm.is_root()) values = to_host(loaded.flow->parameters().values());
  comm.broadcast(values);
  from_host(values, loaded.flow->parameters().values());
  std::vector<int> initialised = {loaded.flow->initialised()};
  comm.broadcast(initialised);
  loaded.flow->set_initialised(initialised[0] != 0);
  broadcast_history(comm, loaded.history);
  return loaded;
}

}  // namespace bornflow
