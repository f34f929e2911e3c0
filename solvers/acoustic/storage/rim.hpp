#pragma once

#include <cstdint>
#include <vector>

#include "solvers/acoustic/padded_layout.hpp"

namespace bornflow {

/// The points just outside the physical grid that its operator reaches: along each axis as many as the layout's rim on either side,
/// but none where there is no layer. (The field is zero there, or another rank has it.)
class Rim {
public:
  explicit Rim(const PaddedLayout& layout);

  /// Points of the rim.
  std::int64_t size() const { return size_; }

  /// values[size()] <- the rim of one field.
  template <class T>
  void save(const T* field, T* values) const;
  /// The rim of one field <- values[size()].
  template <class T>
  void restore(const T* values, T* field) const;

  struct Face {
    std::int64_t origin;              // element of its first point in a field
    std::int64_t first;               // among the points of the rim
    int nz, ny, nx;
  };

private:
  std::int64_t row_stride_, plane_stride_;
  std::int64_t size_ = 0;
  std::vector<Face> faces_;
};

}  // namespace bornflow
