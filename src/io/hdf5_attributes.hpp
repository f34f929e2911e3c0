#pragma once

#include "src/io/hdf5_handle.hpp"

/// Reading attributes from an open object; CallFailed with the reason. Private to io.
namespace bornflow::hdf5 {

/// Text of a fixed or variable length, at most 1 MiB.
std::string read_text(hid_t object, const std::string& name);
/// Numbers of a scalar or one-dimensional attribute, at most 2^17.
std::vector<double> read_numbers(hid_t object, const std::string& name);
std::vector<std::string> attribute_names(hid_t object, std::size_t limit);
/// True for text, false for numbers; CallFailed for anything else.
bool is_text(hid_t object, const std::string& name);

}  // namespace bornflow::hdf5
