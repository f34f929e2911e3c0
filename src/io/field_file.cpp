// Fields from HDF5, NPY and raw files.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <utility>

#include "bornflow/base/error.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "bornflow/io/model_input.hpp"
#include "src/io/file_system.hpp"

namespace bornflow {

namespace {

/// A field and what its file says about the grid; spacings of 0 are unknown.
struct FileContents {
  std::int64_t nz = 0, nx = 0;
  double dx = 0, dz = 0, ox = 0, oz = 0;
  std::vector<float> values;
};

std::string read_bytes(const std::string& path) {
  const std::int64_t size = file_system::require_readable(path);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), size)) throw IoError("cannot read '" + path + "'");
  return bytes;
}

FileContents read_raw(const FieldSource& source) {
  if (source.nx <= 0 || source.nz <= 0)
    throw UserError("'" + source.path + "' is raw and does not say its size: give [model] file_nx and file_nz, which hold for the file of [density] too");
  const std::int64_t expected = std::int64_t{4} * source.nx * source.nz;
  const std::int64_t size = file_system::require_readable(source.path);
  if (size != expected)
    throw DataError("'" + source.path + "' has " + std::to_string(size) + " bytes = " + std::to_string(size / 4) +
                    " values of float32, but file_nx x file_nz = " + std::to_string(source.nx) + " x " +
                    std::to_string(source.nz) + " needs " + std::to_string(expected) +
                    " bytes; the sizes must agree exactly");
  const std::string bytes = read_bytes(source.path);
  FileContents contents;
  contents.nz = source.nz;
  contents.nx = source.nx;
  contents.values.resize(bytes.size() / sizeof(float));
  std::memcpy(contents.values.data(), bytes.data(), bytes.size());
  return contents;
}

/// Text after `'key':` in the header of an NPY file, up to the end of the value.
std::string npy_entry(const std::string& header, const std::string& key, const std::string& path) {
  const std::size_t at = header.find("'" + key + "'");
  const std::size_t colon = at == std::string::npos ? at : header.find(':', at);
  if (colon == std::string::npos) throw DataError("'" + path + "' is damaged: its NPY header lacks '" + key + "'");
  const std::size_t begin = std::min(header.find_first_not_of(' ', colon + 1), header.size());
  const std::size_t end = begin < header.size() && header[begin] == '(' ? header.find(')', begin)
                                                                        : header.find_first_of(",}", begin);
  return header.substr(begin, end == std::string::npos ? end : end - begin);
}

/// NPY, versions 1 to 3 (numpy.lib.format): magic, version, length of the header, header, values.
FileContents read_npy(const FieldSource& source) {
  const std::string bytes = read_bytes(source.path);
  const std::string& path = source.path;
  if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0) throw DataError("'" + path + "' is not an NPY file");
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  const bool is_short = byte(6) == 1;
  const std::size_t low = byte(8) | byte(9) << 8;
  const std::size_t length = is_short ? low : low | byte(10) << 16 | byte(11) << 24;
  const std::size_t begin = is_short ? 10 : 12;
  if (byte(6) < 1 || byte(6) > 3 || length > bytes.size() - begin)
    throw DataError("'" + path + "' is damaged: its NPY header is cut or of an unknown version");
  const std::string header = bytes.substr(begin, length);
  const std::string type = npy_entry(header, "descr", path);
  if (npy_entry(header, "fortran_order", path) != "False")
    throw DataError("'" + path + "' is in Fortran order; save numpy.ascontiguousarray(array), shape (nz, nx)");
  const bool is_double = type == "'<f8'";
  if (!is_double && type != "'<f4'")
    throw DataError("'" + path + "' holds values of type " + type + "; save array.astype('<f4') or '<f8'");
  FileContents contents;
  long long nz = 0, nx = 0;
  char rest = 0;
  const std::string shape = npy_entry(header, "shape", path);
  if (std::sscanf(shape.c_str(), "(%lld , %lld%c", &nz, &nx, &rest) != 2 || nz <= 0 || nx <= 0)
    throw DataError("'" + path + "' has the shape " + shape + "); a field needs two axes (nz, nx)");
  const std::size_t value_size = is_double ? 8 : 4;
  const std::size_t n_bytes = bytes.size() - begin - length;
  std::int64_t needed = 0;
  if (__builtin_mul_overflow(nz, nx, &needed) || __builtin_mul_overflow(needed, value_size, &needed) ||
      static_cast<std::size_t>(needed) != n_bytes)
    throw DataError("'" + path + "' is truncated or damaged: shape " + shape + ") does not fit its " +
                    std::to_string(n_bytes) + " bytes of values");
  contents.nz = nz;
  contents.nx = nx;
  contents.values.resize(n_bytes / value_size);
  if (is_double) {
    std::vector<double> values(contents.values.size());
    std::memcpy(values.data(), bytes.data() + begin + length, n_bytes);
    for (std::size_t i = 0; i < values.size(); ++i) contents.values[i] = static_cast<float>(values[i]);
  } else {
    std::memcpy(contents.values.data(), bytes.data() + begin + length, n_bytes);
  }
  return contents;
}

FileContents read_hdf5(const FieldSource& source) {
  if (source.dataset.empty()) throw UserError("'" + source.path + "' is HDF5: say which dataset of it to read");
  const Hdf5File file = Hdf5File::open(source.path);
  const auto shape = file.shape(source.dataset);
  if (shape.size() != 2)
    throw DataError("'" + source.path + "', '" + source.dataset + "' has " + std::to_string(shape.size()) +
                    " axes; a field needs two, (nz, nx)");
  FileContents contents;
  contents.nz = shape[0];
  contents.nx = shape[1];
  contents.values = file.read<float>(source.dataset);
  if (file.has_attribute("/", "dx") && file.has_attribute("/", "dz")) {
    contents.dx = file.number_attribute("/", "dx");
    contents.dz = file.number_attribute("/", "dz");
  } else if (file.exists("d")) {  // JUDI: n, d, o in the order x, z
    const auto spacing = file.read<double>("d");
    const auto origin = file.exists("o") ? file.read<double>("o") : std::vector<double>{0, 0};
    if (spacing.size() != 2 || origin.size() != 2)
      throw DataError("'" + source.path + "': its /d and /o (spacing and origin) need two numbers each, for x and z");
    contents.dx = spacing[0];
    contents.dz = spacing[1];
    contents.ox = origin[0];
    contents.oz = origin[1];
  }
  return contents;
}

double agreed_spacing(const std::string& path, const char* axis, double given, double found) {
  const double spacing = given > 0 ? given : found;
  if (!(spacing > 0) || !std::isfinite(spacing))
    throw UserError("'" + path + "' does not say its spacing along " + axis + ": give [model] file_d" + axis +
                    " in m, which holds for the file of [density] too");
  if (given > 0 && found > 0 && std::fabs(given - found) > 1e-3 * found)
    throw UserError("spacing_" + std::string(axis) + " is given as " + std::to_string(given) + " m, but '" + path +
                    "' says " + std::to_string(found) + " m; remove the parameter or correct it");
  return spacing;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

FileContents read_contents(const FieldSource& source) {
  if (ends_with(source.path, ".h5") || ends_with(source.path, ".hdf5")) return read_hdf5(source);
  if (ends_with(source.path, ".npy")) return read_npy(source);
  if (ends_with(source.path, ".bin")) return read_raw(source);
  throw UserError("'" + source.path + "': its extension tells no format; use .h5, .hdf5, .npy or .bin (raw float32)");
}

}  // namespace

GridField read_field(const FieldSource& source) {
  FileContents contents = read_contents(source);
  const std::int64_t largest = std::numeric_limits<int>::max();
  if (contents.nx < 1 || contents.nz < 1 || contents.nx > largest || contents.nz > largest)
    throw DataError("'" + source.path + "' holds a field of " + std::to_string(contents.nz) + " x " +
                    std::to_string(contents.nx) + " points");
  if ((source.nx > 0 && source.nx != contents.nx) || (source.nz > 0 && source.nz != contents.nz))
    throw DataError("'" + source.path + "' is (nz, nx) = (" + std::to_string(contents.nz) + ", " +
                    std::to_string(contents.nx) + "), but (" + std::to_string(source.nz) + ", " +
                    std::to_string(source.nx) + ") is given" +
                    (source.nx == contents.nz && source.nz == contents.nx ? "; is it transposed?" : ""));
  GridField field;
  field.grid.nx = static_cast<int>(contents.nx);
  field.grid.nz = static_cast<int>(contents.nz);
  field.grid.dx = agreed_spacing(source.path, "x", source.spacing_x, contents.dx);
  field.grid.dz = agreed_spacing(source.path, "z", source.spacing_z, contents.dz);
  field.grid.ox = contents.ox;
  field.grid.oz = contents.oz;
  field.values = std::move(contents.values);
  return field;
}

}  // namespace bornflow
