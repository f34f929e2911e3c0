// Arrays of an Hdf5File: layout, and transfers in blocks of rows.

#include <algorithm>
#include <cstring>

#include "src/io/file_system.hpp"
#include "src/io/hdf5_impl.hpp"

namespace bornflow {

namespace {

/// The part [first, first + count) of axis 0 of a dataset, moved in blocks of rows.
struct Rows {
  hid_t dataset;
  std::vector<std::int64_t> shape;
  std::int64_t row_values = 1;
  std::int64_t rows_a_block = 1;

  Rows(hid_t id, std::int64_t transfer_limit, std::size_t value_size) : dataset(id), shape(hdf5::extents(id)) {
    if (shape.empty()) shape = {1};  // a scalar is one row
    row_values = hdf5::byte_count({shape.begin() + 1, shape.end()}, 1);
    const std::int64_t row_bytes = hdf5::byte_count({row_values}, value_size);
    rows_a_block = std::max<std::int64_t>(1, transfer_limit / std::max<std::int64_t>(1, row_bytes));
  }
  std::int64_t blocks(std::int64_t count) const {
    return row_values == 0 ? 0 : (count + rows_a_block - 1) / rows_a_block;
  }
};

/// One transfer of rows [first, first + count); no rows is a transfer too, for collective calls.
template <class Transfer>
void move_rows(const Rows& rows, std::int64_t first, std::int64_t count, Transfer&& transfer) {
  const hdf5::Handle file_space(H5Dget_space(rows.dataset), H5Sclose, "get the extents");
  const hsize_t n_values = static_cast<hsize_t>(count * rows.row_values);
  const hdf5::Handle memory_space(H5Screate_simple(1, &n_values, nullptr), H5Sclose, "describe the memory");
  const bool is_scalar = H5Sget_simple_extent_ndims(file_space.id()) == 0;
  if (count == 0) {
    hdf5::check(H5Sselect_none(file_space.id()), "select no rows");
    hdf5::check(H5Sselect_none(memory_space.id()), "select no rows");
  } else if (!is_scalar) {
    std::vector<hsize_t> start(rows.shape.size(), 0), size(rows.shape.begin(), rows.shape.end());
    start[0] = static_cast<hsize_t>(first);
    size[0] = static_cast<hsize_t>(count);
    hdf5::check(H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr),
                "select the rows");
  }
  transfer(memory_space.id(), file_space.id());
}

/// Numbers that do not fit an integer type are an error; HDF5 alone would clip them without a word.
H5T_conv_ret_t refuse_clipping(H5T_conv_except_t exception, hid_t, hid_t target, void*, void*, void*) {
  const bool to_integer = H5Tget_class(target) == H5T_INTEGER;
  return to_integer && exception != H5T_CONV_EXCEPT_PRECISION ? H5T_CONV_ABORT : H5T_CONV_UNHANDLED;
}

template <class T>
void read_range(const Rows& rows, std::int64_t first, std::int64_t count, T* values) {
  const hdf5::Handle transfer_list = hdf5::property_list(H5P_DATASET_XFER);
  hdf5::check(H5Pset_type_conv_cb(transfer_list.id(), refuse_clipping, nullptr), "set the conversion");
  for (std::int64_t block = 0; block < rows.blocks(count); ++block) {
    const std::int64_t begin = block * rows.rows_a_block;
    const std::int64_t size = std::min(rows.rows_a_block, count - begin);
    move_rows(rows, first + begin, size, [&](hid_t memory, hid_t file) {
      hdf5::check(H5Dread(rows.dataset, hdf5::memory_type<T>(), memory, file, transfer_list.id(),
                          values + begin * rows.row_values),
                  "read its values");
    });
  }
}

/// Makes the groups on the way to `name`. HDF5 could do it by itself, but would store the time.
void create_groups(hid_t file, const std::string& name) {
  const hdf5::Handle creation = hdf5::creation_list(H5P_GROUP_CREATE);
  const auto parts = hdf5::split_name(name);
  std::string prefix;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    prefix += "/" + parts[i];
    if (hdf5::link_exists(file, prefix)) continue;
    hdf5::Handle(H5Gcreate2(file, prefix.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Gclose, "create a group")
        .close("close a group");
  }
}

template <class T>
void write_block(const Rows& rows, std::int64_t first, std::int64_t count, const T* values, hid_t transfer_list) {
  move_rows(rows, first, count, [&](hid_t memory, hid_t file) {
    hdf5::check(H5Dwrite(rows.dataset, hdf5::memory_type<T>(), memory, file, transfer_list, values),
                "write its values");
  });
}

/// Reads back what MPI-IO wrote: OMPIO of Open MPI 4.1 takes a short write to a full disk for a whole one, and the lost
/// values would be zeros in a file that is called complete.
template <class T>
void compare_block(const Rows& rows, std::int64_t first, std::int64_t count, const T* values, hid_t transfer_list) {
  std::vector<T> found(static_cast<std::size_t>(count * rows.row_values));
  move_rows(rows, first, count, [&](hid_t memory, hid_t file) {
    hdf5::check(H5Dread(rows.dataset, hdf5::memory_type<T>(), memory, file, transfer_list, found.data()),
                "read its values back");
  });
  if (!found.empty() && std::memcmp(found.data(), values, found.size() * sizeof(T)) != 0)
    throw hdf5::CallFailed("its values read back differently: the disk is full, or MPI-IO lost them");
}

hdf5::Handle new_dataset(hid_t file, const std::string& name, hid_t type, const std::vector<std::int64_t>& shape) {
  create_groups(file, name);
  const hdf5::Handle creation = hdf5::creation_list(H5P_DATASET_CREATE);
  hdf5::check(H5Pset_layout(creation.id(), H5D_CONTIGUOUS), "set the layout");
  hdf5::check(H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY), "set the layout");
  hdf5::check(H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER), "set the filling");
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  const hdf5::Handle space(
      shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
      H5Sclose, "describe the shape");
  return {H5Dcreate2(file, name.c_str(), type, space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Dclose,
          "create it"};
}

}  // namespace

std::vector<std::int64_t> Hdf5File::shape(const std::string& name) const {
  BORNFLOW_REQUIRE(impl_->file.is_open(), "'" + impl_->path + "' is closed");
  try {
    if (impl_->writing) {
      const hdf5::Handle dataset(H5Dopen2(impl_->file.id(), name.c_str(), H5P_DEFAULT), H5Dclose, "open it");
      return hdf5::extents(dataset.id());
    }
    return hdf5::extents(hdf5::open_numbers(impl_->file.id(), name).id());
  } catch (const hdf5::CallFailed& failure) {
    throw DataError(impl_->where(name) + failure.what());
  }
}

template <class T>
void Hdf5File::create_dataset(const std::string& name, const std::vector<std::int64_t>& shape) {
  impl_->require_writable();
  BORNFLOW_REQUIRE(!exists(name), "'" + name + "' exists already in '" + impl_->path + "'");
  const std::int64_t bytes = hdf5::byte_count(shape, sizeof(T));
  impl_->require_space(name, bytes);
  impl_->write_step(name, bytes, [&] {
    hdf5::Handle dataset =
        new_dataset(impl_->file.id(), hdf5::join_name(hdf5::split_name(name)), hdf5::stored_type<T>(), shape);
    const haddr_t offset = H5Dget_offset(dataset.id());
    dataset.close("close it");
    // Hours later the rows must still fit.
    if (impl_->is_root() && bytes > 0 && offset != HADDR_UNDEF &&
        !file_system::reserve(impl_->path, static_cast<std::int64_t>(offset), bytes))
      throw hdf5::CallFailed("the disk is too full, or a quota is reached");
  });
}

template <class T>
void Hdf5File::write_rows(const std::string& name, std::int64_t first, std::int64_t count, const T* values) {
  impl_->require_writable();
  hdf5::Handle dataset;
  std::optional<Rows> rows;
  impl_->write_step(name, 0, [&] {
    dataset = hdf5::Handle(H5Dopen2(impl_->file.id(), name.c_str(), H5P_DEFAULT), H5Dclose, "open it");
    rows.emplace(dataset.id(), impl_->transfer_limit, sizeof(T));
  });
  BORNFLOW_REQUIRE(first >= 0 && count >= 0 && first <= rows->shape[0] && count <= rows->shape[0] - first,
                   "rows " + std::to_string(first) + " + " + std::to_string(count) + " of '" + name + "', which has " +
                       std::to_string(rows->shape[0]));
  const std::int64_t bytes = count * rows->row_values * static_cast<std::int64_t>(sizeof(T));
  const hdf5::Handle transfer_list = hdf5::property_list(H5P_DATASET_XFER);
  if (impl_->comm) hdf5::check(H5Pset_dxpl_mpio(transfer_list.id(), H5FD_MPIO_COLLECTIVE), "write collectively");
  // All ranks make the same number of collective calls; those with fewer rows move none in the last ones.
  const std::int64_t n_blocks = impl_->comm ? impl_->comm->max(rows->blocks(count)) : rows->blocks(count);
  for (std::int64_t block = 0; block < n_blocks; ++block) {
    const std::int64_t begin = std::min(block * rows->rows_a_block, count);
    const std::int64_t size = std::min(rows->rows_a_block, count - begin);
    const T* block_values = size == 0 ? nullptr : values + begin * rows->row_values;
    const hid_t list = transfer_list.id();
    impl_->write_step(name, bytes, [&] { write_block(*rows, first + begin, size, block_values, list); });
    if (!impl_->comm) continue;
    impl_->write_step(name, bytes, [&] { impl_->synchronise(); });
    impl_->write_step(name, bytes, [&] { compare_block(*rows, first + begin, size, block_values, list); });
  }
  impl_->write_step(name, bytes, [&] { dataset.close("close it"); });
}

template <class T>
void Hdf5File::write(const std::string& name, const std::vector<std::int64_t>& shape, const T* values) {
  impl_->require_writable();
  if (!exists(name)) create_dataset<T>(name, shape);
  BORNFLOW_REQUIRE(this->shape(name) == shape, "'" + name + "' exists already with another shape");
  write_rows(name, 0, impl_->is_root() ? (shape.empty() ? 1 : shape[0]) : 0, values);
}

template <class T>
std::vector<T> Hdf5File::read(const std::string& name) const {
  return impl_->read_step(name, [&] {
    const hdf5::Handle dataset = hdf5::open_numbers(impl_->file.id(), name);
    const Rows rows(dataset.id(), impl_->transfer_limit, sizeof(T));
    const std::int64_t bytes = hdf5::byte_count(rows.shape, sizeof(T));
    std::vector<T> values(static_cast<std::size_t>(bytes) / sizeof(T));
    read_range(rows, 0, rows.shape[0], values.data());
    return values;
  });
}

template <class T>
void Hdf5File::read_rows(const std::string& name, std::int64_t first, std::int64_t count, T* values) const {
  impl_->read_step(name, [&] {
    const hdf5::Handle dataset = hdf5::open_numbers(impl_->file.id(), name);
    const Rows rows(dataset.id(), impl_->transfer_limit, sizeof(T));
    if (first < 0 || count < 0 || first > rows.shape[0] || count > rows.shape[0] - first)
      throw hdf5::CallFailed("cannot read rows " + std::to_string(first) + " to " + std::to_string(first + count) +
                             ": it has " + std::to_string(rows.shape[0]));
    read_range(rows, first, count, values);
  });
}

#define BORNFLOW_INSTANTIATE(T)                                                                             \
  template void Hdf5File::create_dataset<T>(const std::string&, const std::vector<std::int64_t>&);          \
  template void Hdf5File::write_rows<T>(const std::string&, std::int64_t, std::int64_t, const T*);          \
  template void Hdf5File::write<T>(const std::string&, const std::vector<std::int64_t>&, const T*);         \
  template std::vector<T> Hdf5File::read<T>(const std::string&) const;                                      \
  template void Hdf5File::read_rows<T>(const std::string&, std::int64_t, std::int64_t, T*) const;
BORNFLOW_INSTANTIATE(float)
BORNFLOW_INSTANTIATE(double)
BORNFLOW_INSTANTIATE(std::int32_t)
BORNFLOW_INSTANTIATE(std::int64_t)
#undef BORNFLOW_INSTANTIATE

}  // namespace bornflow
