#include "solvers/inversion/inversion_state.hpp"

#include <filesystem>
#include <utility>

#include "bornflow/base/error.hpp"
#include "bornflow/io/output_file.hpp"
#include "bornflow/io/run_folder.hpp"
#include "bornflow/parallel/run_on_root.hpp"

namespace bornflow {

namespace {

std::vector<InversionRecord> read_history(const Hdf5File& file) {
  std::vector<InversionRecord> history;
  bool is_first = true;
  for_each_field([&](const char* name, double InversionRecord::*field) {
    const auto values = file.read<double>(std::string("/history/") + name);
    if (is_first) history.resize(values.size());
    is_first = false;
    if (values.size() != history.size()) throw DataError("/history/" + std::string(name) + " has another length than the others");
    for (std::size_t i = 0; i < values.size(); ++i) history[i].*field = values[i];
  });
  return history;
}

}  // namespace

void write_history(Hdf5File& file, const std::vector<InversionRecord>& history) {
  for_each_field([&](const char* name, double InversionRecord::*field) {
    std::vector<double> values;
    for (const InversionRecord& record : history) values.push_back(record.*field);
    file.write(std::string("/history/") + name, {static_cast<std::int64_t>(values.size())}, values.data());
  });
  file.write_attribute("/history/corner", "units", "Hz");
}

InversionCheckpoint::InversionCheckpoint(const Communicator& comm, std::string path, std::string configuration)
    : comm_(comm), path_(std::move(path)), configuration_(std::move(configuration)) {}

void InversionCheckpoint::save(const InversionState& state) const {
  run_on_root(comm_, [&] { write(state); });
}

void InversionCheckpoint::write(const InversionState& state) const {
  OutputFile output(path_);
  Hdf5File& file = output.file();
  file.write("/model", {static_cast<std::int64_t>(state.model.size())}, state.model.data());
  file.write_attribute("/model", "units", "s2/km2");
  write_history(file, state.history);
  file.write_attribute("/", "product", "inversion checkpoint");
  write_configuration(file, configuration_);
  file.write_attribute("/", "band", state.band);
  file.write_attribute("/", "iteration", state.iteration);
  file.write_attribute("/", "forward_solves", state.ledger.forward);
  file.write_attribute("/", "adjoint_solves", state.ledger.adjoint);
  file.write_attribute("/", "rerun_steps", state.ledger.rerun_steps);
  file.write_attribute("/", "steps", state.ledger.steps);
  output.commit();
}

void InversionCheckpoint::read(InversionState& state) const {
  const Hdf5File file = Hdf5File::open(path_);
  if (file.text_attribute("/", "configuration") != text_digest(configuration_))
    throw UserError(path_ + " is the checkpoint of an inversion with other parameters. Give the old ones, remove it, or "
                    "pass --run.overwrite=true to start over.");
  const std::size_t expected = state.model.size();
  state.model = file.read<double>("/model");
  if (state.model.size() != expected)
    throw DataError("the model is of another size");
  state.history = read_history(file);
  state.band = static_cast<int>(file.number_attribute("/", "band"));
  state.iteration = static_cast<int>(file.number_attribute("/", "iteration"));
  state.ledger.forward = static_cast<std::int64_t>(file.number_attribute("/", "forward_solves"));
  state.ledger.adjoint = static_cast<std::int64_t>(file.number_attribute("/", "adjoint_solves"));
  state.ledger.rerun_steps = static_cast<std::int64_t>(file.number_attribute("/", "rerun_steps"));
  state.ledger.steps = static_cast<std::int64_t>(file.number_attribute("/", "steps"));
}

bool InversionCheckpoint::restore(InversionState& state) const {
  std::vector<int> exists(1);
  std::error_code ignored;
  if (comm_.is_root()) exists[0] = std::filesystem::exists(path_, ignored);
  comm_.broadcast(exists);
  if (!exists[0]) return false;
  run_on_root(comm_, [&] {
    try {
      read(state);
    } catch (const DataError& error) {
      throw DataError("the checkpoint " + path_ + " is damaged: " + error.what() +
                      ". Remove the file to start over, or pass --run.overwrite=true.");
    }
  });
  comm_.broadcast(state.model);
  std::vector<double> fields;
  for_each_field([&](const char*, double InversionRecord::*field) {
    for (const InversionRecord& record : state.history) fields.push_back(record.*field);
  });
  std::vector<std::int64_t> counts = {state.band, state.iteration, state.ledger.forward, state.ledger.adjoint,
                                      state.ledger.rerun_steps, state.ledger.steps,
                                      static_cast<std::int64_t>(state.history.size())};
  comm_.broadcast(counts);
  comm_.broadcast(fields);
  state.band = static_cast<int>(counts[0]);
  state.iteration = static_cast<int>(counts[1]);
  state.ledger = {counts[2], counts[3], counts[4], counts[5]};
  state.history.resize(static_cast<std::size_t>(counts[6]));
  std::size_t next = 0;
  for_each_field([&](const char*, double InversionRecord::*field) {
    for (InversionRecord& record : state.history) record.*field = fields[next++];
  });
  return true;
}

void InversionCheckpoint::remove() const {
  comm_.barrier();
  std::error_code ignored;   // one that stays does no harm: the product beside it is complete
  if (comm_.is_root()) std::filesystem::remove(path_, ignored);
}

}  // namespace bornflow
