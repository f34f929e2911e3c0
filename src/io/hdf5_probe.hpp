#pragma once

#include <string>

namespace bornflow::hdf5 {

/// Opens `path` in a child process and looks at every object in it, because libhdf5 crashes or hangs on some damaged
/// files. IoError when the file is missing or unreadable; DataError, telling apart an empty file, a foreign file, a
/// truncated file and other damage.
void probe_file(const std::string& path);

}  // namespace bornflow::hdf5
