#include "src/io/hdf5_attributes.hpp"

#include <cstring>

#include "src/io/hdf5_impl.hpp"

namespace bornflow {

namespace hdf5 {

namespace {

constexpr std::int64_t max_attribute_bytes = 1 << 20;

struct OpenAttribute {
  Handle attribute, type, space;
  std::int64_t n_values;

  OpenAttribute(hid_t object, const std::string& name)
      : attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, "open the attribute '" + name + "'"),
        type(H5Aget_type(attribute.id()), H5Tclose, "get its type"),
        space(H5Aget_space(attribute.id()), H5Sclose, "get its extents"),
        n_values(check(H5Sget_simple_extent_npoints(space.id()), "get its extents")) {
    const auto value_size = static_cast<std::int64_t>(H5Tget_size(type.id()));
    if (n_values > max_attribute_bytes || value_size > max_attribute_bytes ||
        n_values * value_size > max_attribute_bytes)
      throw CallFailed("cannot read the attribute '" + name + "': it is larger than any of ours");
  }
};

}  // namespace

bool is_text(hid_t object, const std::string& name) {
  const OpenAttribute open(object, name);
  const H5T_class_t type_class = H5Tget_class(open.type.id());
  if (type_class == H5T_STRING) return true;
  if (type_class == H5T_INTEGER || type_class == H5T_FLOAT) return false;
  throw CallFailed("cannot read the attribute '" + name + "': neither text nor numbers");
}

std::string read_text(hid_t object, const std::string& name) {
  const OpenAttribute open(object, name);
  if (H5Tget_class(open.type.id()) != H5T_STRING || open.n_values != 1)
    throw CallFailed("cannot read the attribute '" + name + "' as text: it is of another kind");
  if (check(H5Tis_variable_str(open.type.id()), "get its type") > 0) {
    char* text = nullptr;
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "describe text");
    check(H5Tset_size(type.id(), H5T_VARIABLE), "describe text");
    check(H5Tset_cset(type.id(), H5Tget_cset(open.type.id())), "describe text");
    check(H5Aread(open.attribute.id(), type.id(), &text), "read the attribute '" + name + "'");
    const std::string result = text == nullptr ? "" : std::string(text, strnlen(text, max_attribute_bytes));
    H5free_memory(text);
    return result;
  }
  std::vector<char> text(H5Tget_size(open.type.id()) + 1, '\0');
  check(H5Aread(open.attribute.id(), open.type.id(), text.data()), "read the attribute '" + name + "'");
  return text.data();
}

std::vector<double> read_numbers(hid_t object, const std::string& name) {
  const OpenAttribute open(object, name);
  const H5T_class_t type_class = H5Tget_class(open.type.id());
  if (type_class != H5T_INTEGER && type_class != H5T_FLOAT)
    throw CallFailed("cannot read the attribute '" + name + "' as numbers: it is of another kind");
  std::vector<double> values(static_cast<std::size_t>(open.n_values));
  if (!values.empty())
    check(H5Aread(open.attribute.id(), H5T_NATIVE_DOUBLE, values.data()), "read the attribute '" + name + "'");
  return values;
}

std::vector<std::string> attribute_names(hid_t object, std::size_t limit) {
  struct Found {
    std::vector<std::string> names;
    std::size_t limit;
  } found{{}, limit};
  hsize_t position = 0;
  check(H5Aiterate2(
            object, H5_INDEX_NAME, H5_ITER_INC, &position,
            [](hid_t, const char* name, const H5A_info_t*, void* data) -> herr_t {
              auto& result = *static_cast<Found*>(data);
              if (result.names.size() >= result.limit) return 1;
              result.names.emplace_back(name);
              return 0;
            },
            &found),
        "list the attributes");
  return found.names;
}

namespace {

void replace_attribute(hid_t file, const std::string& object_name, const std::string& name, hid_t stored, hid_t memory,
                       hid_t space, const void* value) {
  const Handle object(H5Oopen(file, object_name.c_str(), H5P_DEFAULT), H5Oclose, "open it");
  if (check(H5Aexists(object.id(), name.c_str()), "look for the attribute '" + name + "'") > 0)
    check(H5Adelete(object.id(), name.c_str()), "replace the attribute '" + name + "'");
  Handle attribute(H5Acreate2(object.id(), name.c_str(), stored, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                   "create the attribute '" + name + "'");
  if (value != nullptr) check(H5Awrite(attribute.id(), memory, value), "write the attribute '" + name + "'");
  attribute.close("close the attribute '" + name + "'");
}

template <class T>
void replace_numbers(hid_t file, const std::string& object, const std::string& name, const std::vector<T>& values,
                     bool is_scalar) {
  const hsize_t size = values.size();
  const Handle space(is_scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, nullptr), H5Sclose,
                     "describe the attribute");
  replace_attribute(file, object, name, stored_type<T>(), memory_type<T>(), space.id(),
                    values.empty() ? nullptr : values.data());
}

}  // namespace
}  // namespace hdf5

void Hdf5File::write_attribute(const std::string& object, const std::string& name, const std::string& value) {
  impl_->require_writable();
  std::string text = value;
  if (impl_->comm) impl_->comm->broadcast(text);
  BORNFLOW_REQUIRE(text.size() < 60000, "attribute '" + name + "' is too long for HDF5; write a dataset");
  impl_->write_step(object, 0, [&] {
    const hdf5::Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "describe text");
    hdf5::check(H5Tset_size(type.id(), text.size() + 1), "describe text");
    hdf5::check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "describe text");
    const hdf5::Handle space(H5Screate(H5S_SCALAR), H5Sclose, "describe the attribute");
    hdf5::replace_attribute(impl_->file.id(), object, name, type.id(), type.id(), space.id(), text.c_str());
  });
}

void Hdf5File::write_attribute(const std::string& object, const std::string& name, const char* value) {
  write_attribute(object, name, std::string(value));
}

void Hdf5File::write_attribute(const std::string& object, const std::string& name, double value) {
  impl_->require_writable();
  std::vector<double> values{value};
  if (impl_->comm) impl_->comm->broadcast(values);
  impl_->write_step(object, 0, [&] { hdf5::replace_numbers(impl_->file.id(), object, name, values, true); });
}

void Hdf5File::write_attribute(const std::string& object, const std::string& name, std::int64_t value) {
  impl_->require_writable();
  std::vector<std::int64_t> values{value};
  if (impl_->comm) impl_->comm->broadcast(values);
  impl_->write_step(object, 0, [&] { hdf5::replace_numbers(impl_->file.id(), object, name, values, true); });
}

void Hdf5File::write_attribute(const std::string& object, const std::string& name, int value) {
  write_attribute(object, name, static_cast<std::int64_t>(value));
}

void Hdf5File::write_attribute(const std::string& object, const std::string& name, const std::vector<double>& values) {
  impl_->require_writable();
  std::vector<double> agreed = values;
  if (impl_->comm) impl_->comm->broadcast(agreed);
  BORNFLOW_REQUIRE(agreed.size() < 7500, "attribute '" + name + "' is too long for HDF5; write a dataset");
  impl_->write_step(object, 0, [&] { hdf5::replace_numbers(impl_->file.id(), object, name, agreed, false); });
}

bool Hdf5File::has_attribute(const std::string& object, const std::string& name) const {
  return impl_->read_step(object, [&] {
    const hdf5::Handle opened = hdf5::open_object(impl_->file.id(), object);
    return hdf5::check(H5Aexists(opened.id(), name.c_str()), "look for the attribute '" + name + "'") > 0;
  });
}

std::string Hdf5File::text_attribute(const std::string& object, const std::string& name) const {
  return impl_->read_step(object, [&] {
    const hdf5::Handle opened = hdf5::open_object(impl_->file.id(), object);
    return hdf5::read_text(opened.id(), name);
  });
}

std::vector<double> Hdf5File::numbers_attribute(const std::string& object, const std::string& name) const {
  return impl_->read_step(object, [&] {
    const hdf5::Handle opened = hdf5::open_object(impl_->file.id(), object);
    return hdf5::read_numbers(opened.id(), name);
  });
}

double Hdf5File::number_attribute(const std::string& object, const std::string& name) const {
  const std::vector<double> values = numbers_attribute(object, name);
  if (values.size() != 1)
    throw DataError(impl_->where(object) + "the attribute '" + name + "' holds " + std::to_string(values.size()) +
                    " numbers where one is needed");
  return values[0];
}

}  // namespace bornflow
