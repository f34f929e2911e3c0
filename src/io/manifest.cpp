#include "bornflow/io/manifest.hpp"

#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/error.hpp"
#include "bornflow/base/utc_time.hpp"
#include "bornflow/io/run_folder.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "bornflow/report/json_writer.hpp"
#include "src/io/digest.hpp"
#include "src/io/file_system.hpp"

namespace bornflow {

namespace {

// Ranks that can share memory are on one host; the first of each counts it.
std::int64_t count_hosts(const Communicator& comm) {
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(comm.get(), MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node), "MPI_Comm_split_type");
  int rank = 0;
  MPI_Comm_rank(node, &rank);
  MPI_Comm_free(&node);
  return comm.sum(std::int64_t{rank == 0});
}

double peak_memory_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void write_inputs(JsonWriter& json, const std::vector<std::string>& files) {
  json.key("input_files").begin_array();
  for (const auto& file : files) {
    json.begin_object();
    json.member("name", std::filesystem::path(file).filename().string());
    json.member("bytes", file_system::require_readable(file));
    json.member("fnv1a", file_digest(file));
    json.end_object();
  }
  json.end_array();
}

void write_parameters(JsonWriter& json, const std::vector<ManifestParameter>& parameters) {
  json.key("parameters").begin_array();
  for (const auto& parameter : parameters) {
    json.begin_object();
    json.member("section", parameter.section).member("key", parameter.key);
    json.member("value", parameter.value).member("origin", parameter.origin);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

void ManifestData::start() { start_time = utc_now(); }

void ManifestData::finish(const std::string& how) {
  end_time = utc_now();
  status = how;
}

std::string file_digest(const std::string& path) {
  file_system::require_readable(path);
  std::ifstream file(path, std::ios::binary);
  Digest digest;
  std::array<char, 1 << 16> buffer;
  while (file.read(buffer.data(), buffer.size()) || file.gcount() > 0)
    digest.add(buffer.data(), static_cast<std::size_t>(file.gcount()));
  if (!file.eof()) throw IoError("cannot read '" + path + "' to its end");
  return digest.hex();
}

namespace {

void write(const std::string& path, const ManifestData& data, int ranks, std::int64_t hosts, double memory) {
  JsonWriter json;
  json.begin_object();
  json.member("status", data.status).member("start", data.start_time).member("end", data.end_time);
  json.member("hosts", hosts).member("ranks", ranks).member("peak_memory_megabytes_of_a_rank", memory);
  json.key("command_line").begin_array();
  for (const auto& word : data.command_line) json.value(word);
  json.end_array();
  json.key("build").begin_object();
  for (const auto& [name, value] : build_info()) json.member(name, value);
  json.end_object();
  json.key("seeds").begin_object();
  for (const auto& [name, value] : data.seeds) json.member(name, value);
  json.end_object();
  write_inputs(json, data.input_files);
  write_parameters(json, data.parameters);
  json.end_object();
  write_text_atomically(path, json.text());
}

}  // namespace

void write_manifest(const std::string& path, const ManifestData& data, const Communicator& comm) {
  const std::int64_t hosts = count_hosts(comm);
  const double memory = comm.max(peak_memory_megabytes());
  run_on_root(comm, [&] { write(path, data, comm.size(), hosts, memory); });
}

}  // namespace bornflow
