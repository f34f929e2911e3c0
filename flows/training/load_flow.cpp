#include <utility>
#include <vector>

#include "bornflow/base/error.hpp"
#include "flows/training/flow_file.hpp"
#include "flows/training/run_on_root.hpp"
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
  FlowArchitecture& a = header.architecture;
  Normalisation& n = header.normalisation;
  comm.broadcast(a.network);
  std::vector<double> numbers = {double(a.nz), double(a.nx), double(a.hidden), double(a.depth), double(a.scales), a.clamp,
                                 double(a.final_relu), n.x_mean, n.x_std, n.summary_mean, n.summary_std};
  comm.broadcast(numbers);
  a.nz = static_cast<int>(numbers[0]);
  a.nx = static_cast<int>(numbers[1]);
  a.hidden = static_cast<int>(numbers[2]);
  a.depth = static_cast<int>(numbers[3]);
  a.scales = static_cast<int>(numbers[4]);
  a.clamp = numbers[5];
  a.final_relu = numbers[6] != 0;
  n = {numbers[7], numbers[8], numbers[9], numbers[10]};
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
