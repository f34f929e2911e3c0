#include "flows/training/stored_array.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

std::string digest_text(const float* values, std::size_t size) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(array_digest(values, size)));
  return text;
}

}  // namespace

std::uint64_t array_digest(const float* values, std::size_t size) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (std::size_t i = 0; i < size; ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    hash = (hash ^ bits) * 0x100000001b3ull;
  }
  return hash;
}

void write_stored_array(Hdf5File& file, const std::string& name, const float* values, std::size_t size) {
  file.write(name, {static_cast<std::int64_t>(size)}, values);
  file.write_attribute(name, "digest", digest_text(values, size));
}

std::vector<float> read_stored_array(const Hdf5File& file, const std::string& name, std::size_t size) {
  if (!file.exists(name)) throw DataError(file.path() + ": the array " + name + " is missing");
  const auto shape = file.shape(name);
  if (shape.size() != 1 || shape[0] != static_cast<std::int64_t>(size))
    throw DataError(file.path() + ": the array " + name + " holds " +
                    (shape.size() == 1 ? std::to_string(shape[0]) : "a block of") + " numbers, this network has " +
                    std::to_string(size) + " there; the file belongs to another network or version");
  const auto values = file.read<float>(name);
  if (!file.has_attribute(name, "digest") || file.text_attribute(name, "digest") != digest_text(values.data(), size))
    throw DataError(file.path() + ": the array " + name + " is damaged: its digest does not fit its values");
  for (std::size_t i = 0; i < size; ++i)
    if (!std::isfinite(values[i]))
      throw DataError(file.path() + ": the array " + name + " has a value that is not finite at " + std::to_string(i));
  return values;
}

std::vector<float> to_host(const DeviceArray<float>& values) {
  std::vector<float> result(values.extent(0));
  Kokkos::deep_copy(HostArray<float>(result.data(), result.size()), values);
  return result;
}

void from_host(const std::vector<float>& source, const DeviceArray<float>& values) {
  BORNFLOW_REQUIRE(source.size() == values.extent(0), "an array of another size");
  Kokkos::deep_copy(values, Kokkos::View<const float*, Kokkos::LayoutRight, Kokkos::HostSpace>(source.data(), source.size()));
}

}  // namespace bornflow
