#include "src/io/hdf5_handle.hpp"

#include <limits>

#include "bornflow/base/error.hpp"

namespace bornflow::hdf5 {

void prepare_library() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
}

std::string last_error() {
  std::string text;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* entry, void* data) -> herr_t {
        auto& message = *static_cast<std::string*>(data);
        if (message.empty() && entry->desc != nullptr) message = entry->desc;
        return 0;
      },
      &text);
  H5Eclear2(H5E_DEFAULT);
  // "file write failed: time = ..., error message = 'No space left on device', buf = ...": keep what matters.
  const std::string mark = "error message = '";
  const std::size_t reason = text.find(mark), details = text.find(": time = ");
  if (reason != std::string::npos && details < reason) {
    const std::size_t begin = reason + mark.size();
    text = text.substr(0, details + 2) + text.substr(begin, text.find('\'', begin) - begin);
  }
  return text.empty() ? "HDF5 gives no reason" : text;
}

template <> hid_t memory_type<float>() { return H5T_NATIVE_FLOAT; }
template <> hid_t memory_type<double>() { return H5T_NATIVE_DOUBLE; }
template <> hid_t memory_type<std::int32_t>() { return H5T_NATIVE_INT32; }
template <> hid_t memory_type<std::int64_t>() { return H5T_NATIVE_INT64; }
template <> hid_t stored_type<float>() { return H5T_IEEE_F32LE; }
template <> hid_t stored_type<double>() { return H5T_IEEE_F64LE; }
template <> hid_t stored_type<std::int32_t>() { return H5T_STD_I32LE; }
template <> hid_t stored_type<std::int64_t>() { return H5T_STD_I64LE; }

Handle property_list(hid_t list_class) { return {H5Pcreate(list_class), H5Pclose, "make a property list"}; }

Handle creation_list(hid_t list_class) {
  Handle list = property_list(list_class);
  check(H5Pset_obj_track_times(list.id(), false), "set the times");
  check(H5Pset_attr_phase_change(list.id(), 65535, 0), "set the layout");
  if (H5Pisa_class(list.id(), H5P_GROUP_CREATE) > 0)
    check(H5Pset_link_phase_change(list.id(), 65535, 0), "set the layout");
  return list;
}

std::vector<std::string> split_name(const std::string& name) {
  std::vector<std::string> parts;
  std::size_t begin = name.empty() || name[0] != '/' ? 0 : 1;
  while (begin < name.size()) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    parts.push_back(name.substr(begin, end - begin));
    BORNFLOW_REQUIRE(!parts.back().empty() && parts.back() != "." && parts.back() != "..",
                     "'" + name + "' is no name of an object in an HDF5 file");
    begin = end + 1;
  }
  return parts;
}

std::string join_name(const std::vector<std::string>& parts) {
  std::string name;
  for (const auto& part : parts) name += "/" + part;
  return name.empty() ? "/" : name;
}

std::int64_t byte_count(const std::vector<std::int64_t>& shape, std::size_t value_size) {
  std::int64_t bytes = static_cast<std::int64_t>(value_size);
  for (const std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes))
      throw CallFailed("cannot hold an array of that many values: its size overflows");
  return bytes;
}

bool link_exists(hid_t file, const std::string& name) {
  std::string prefix;
  for (const auto& part : split_name(name)) {
    prefix += "/" + part;
    if (check(H5Lexists(file, prefix.c_str(), H5P_DEFAULT), "look for '" + prefix + "'") == 0) return false;
  }
  return true;
}

std::vector<std::int64_t> extents(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), H5Sclose, "get the extents");
  const int rank = check(H5Sget_simple_extent_ndims(space.id()), "get the number of axes");
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  if (rank > 0) check(H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr), "get the extents");
  std::vector<std::int64_t> shape;
  for (const hsize_t size : sizes) {
    if (size > static_cast<hsize_t>(std::numeric_limits<std::int64_t>::max()))
      throw CallFailed("cannot hold an array of that many values: its size overflows");
    shape.push_back(static_cast<std::int64_t>(size));
  }
  return shape;
}

Handle open_object(hid_t file, const std::string& name) {
  std::string prefix;
  for (const auto& part : split_name(name)) {
    prefix += "/" + part;
    if (check(H5Lexists(file, prefix.c_str(), H5P_DEFAULT), "look for '" + prefix + "'") == 0) {
      std::string names;
      for (const auto& other : link_names(file, 20)) names += (names.empty() ? "" : ", ") + other;
      throw CallFailed("cannot find it; the file holds: " + names);
    }
    H5L_info_t info;
    check(H5Lget_info(file, prefix.c_str(), &info, H5P_DEFAULT), "look at the link '" + prefix + "'");
    if (info.type != H5L_TYPE_HARD)
      throw CallFailed("refused to follow the " + std::string(info.type == H5L_TYPE_EXTERNAL ? "external" : "soft") +
                       " link '" + prefix + "'; copy the data into the file (h5copy, h5repack)");
  }
  return {H5Oopen(file, join_name(split_name(name)).c_str(), H5P_DEFAULT), H5Oclose, "open it"};
}

namespace {

/// A damaged header may promise any number of values; compare with what is really stored before allocating.
void require_stored(hid_t dataset, hid_t creation, std::int64_t bytes) {
  const auto stored = static_cast<std::int64_t>(H5Dget_storage_size(dataset));
  const H5D_layout_t layout = H5Pget_layout(creation);
  if (bytes > 0 && stored == 0) throw CallFailed("cannot read it: its values were never written");
  if (layout == H5D_CHUNKED) {
    // No filter of HDF5 packs more than about 1000:1; small arrays may be filled sparsely.
    if (bytes > 2000 * (stored + 32 * 1024)) throw CallFailed("cannot read it: it promises more values than it stores");
    return;
  }
  if (stored < bytes) throw CallFailed("cannot read it: it promises more values than it stores");
  if (layout != H5D_CONTIGUOUS || bytes == 0) return;
  const Handle file(H5Iget_file_id(dataset), H5Fclose, "find its file");
  hsize_t file_size = 0;
  check(H5Fget_filesize(file.id(), &file_size), "get the size of the file");
  const haddr_t offset = H5Dget_offset(dataset);
  if (offset == HADDR_UNDEF || offset > file_size || file_size - offset < static_cast<hsize_t>(bytes))
    throw CallFailed("cannot read it: the file is truncated inside its values");
}

}  // namespace

Handle open_numbers(hid_t file, const std::string& name) {
  const Handle object = open_object(file, name);
  if (H5Iget_type(object.id()) != H5I_DATASET) throw CallFailed("cannot read it: it is a group, not a dataset");
  Handle dataset(H5Dopen2(file, join_name(split_name(name)).c_str(), H5P_DEFAULT), H5Dclose, "open it");
  const Handle type(H5Dget_type(dataset.id()), H5Tclose, "get its type");
  const H5T_class_t type_class = H5Tget_class(type.id());
  if (type_class != H5T_INTEGER && type_class != H5T_FLOAT)
    throw CallFailed("cannot read it as numbers: it holds another kind of values (text, compound, ...)");
  const Handle creation(H5Dget_create_plist(dataset.id()), H5Pclose, "get its layout");
  if (H5Pget_layout(creation.id()) == H5D_VIRTUAL || H5Pget_external_count(creation.id()) != 0)
    throw CallFailed("refused to read it: its values lie in other files; copy them into this one (h5repack)");
  const std::int64_t bytes = byte_count(extents(dataset.id()), H5Tget_size(type.id()));
  require_stored(dataset.id(), creation.id(), bytes);
  return dataset;
}

std::vector<std::string> link_names(hid_t group, std::size_t limit) {
  struct Found {
    std::vector<std::string> names;
    std::size_t limit;
  } found{{}, limit};
  hsize_t position = 0;
  check(H5Literate(
            group, H5_INDEX_NAME, H5_ITER_INC, &position,
            [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
              auto& result = *static_cast<Found*>(data);
              if (result.names.size() >= result.limit) return 1;
              result.names.emplace_back(name);
              return 0;
            },
            &found),
        "list a group");
  return found.names;
}

}  // namespace bornflow::hdf5
