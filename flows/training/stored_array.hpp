#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bornflow/base/kokkos_compat.hpp"
#include "bornflow/io/hdf5_file.hpp"

namespace bornflow {

/// 64-bit FNV-1a hash of the bytes of an array.
std::uint64_t array_digest(const float* values, std::size_t size);

/// Writes an array with its digest, so that a flipped bit is found when it is read.
void write_stored_array(Hdf5File& file, const std::string& name, const float* values, std::size_t size);

/// Reads an array of a known size. DataError when it is missing, of another size, damaged (digest) or not finite.
std::vector<float> read_stored_array(const Hdf5File& file, const std::string& name, std::size_t size);

/// Copies between the host and the memory of the kernels.
std::vector<float> to_host(const DeviceArray<float>& values);
void from_host(const std::vector<float>& source, const DeviceArray<float>& values);

}  // namespace bornflow
