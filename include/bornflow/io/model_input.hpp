#pragma once

#include <string>

#include "bornflow/grid/grid.hpp"

/// Two-dimensional fields (nz, nx), x fastest, from files of users, and what must be done before they can be used.
namespace bornflow {

/// Where a field comes from. The format follows the extension: HDF5 (.h5, .hdf5), NPY (.npy: f4 or f8, C order), or raw
/// little-endian float32 (.bin), which needs nx and nz.
struct FieldSource {
  std::string path;
  std::string dataset;       ///< of an HDF5 file
  double spacing_x = 0;      ///< [m]; 0: as the file says (attributes dx and dz, or JUDI's /d = (dx, dz))
  double spacing_z = 0;      ///< [m]
  int nx = 0;                ///< of a raw file; elsewhere 0, or checked
  int nz = 0;
};

/// A wave speed in other units: m/s, km/s, ft/s, or squared slowness s2/km2.
struct VelocitySource {
  std::string path;
  std::string dataset;
  std::string units = "m/s";
  double spacing_x = 0, spacing_z = 0;
  int nx = 0, nz = 0;
};

/// Reads a field; its origin is JUDI's /o, else 0. IoError for a missing file, DataError for a damaged one or one of
/// another size, UserError for a missing spacing or extension.
GridField read_field(const FieldSource& source);

/// Reads a wave speed in m/s. DataError, with the likely cause (other units, a hole in the data), when a value is not
/// finite or not in [300, 10000] m/s.
GridField read_velocity(const VelocitySource& source);

/// The field on the points of `target`, bilinear. UserError when a point lies more than half a cell outside the field.
GridField resample(const GridField& field, const Grid& target);

/// Convolves with a Gaussian of standard deviations `length_x`, `length_z` [m], cut at four of them; at the edges the
/// weights inside the field are scaled to sum to one, so that constants stay constant. Smooth the slowness, not the
/// speed, to keep travel times.
GridField smooth(const GridField& field, double length_x, double length_z);

}  // namespace bornflow
