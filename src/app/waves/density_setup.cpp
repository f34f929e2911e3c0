#include "src/app/waves/density_setup.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/io/model_input.hpp"
#include "bornflow/report/number.hpp"

namespace bornflow {

namespace {

constexpr double least = 100, most = 30000;   // [kg/m3]

/// The file's values below the water, [kg/m3]; the water is laid on top, as it is on the velocity.
GridField from_file(const RunConfig& config, const Grid& grid) {
  const DensitySection& section = config.density;
  const ModelSection& model = config.model;
  const FieldSource source{section.file, section.dataset, model.file_dx, model.file_dz, model.file_nx, model.file_nz};
  Grid below = grid;
  below.nz -= model.water_rows;
  below.oz = config.grid.oz;
  GridField density = resample(read_field(source), below);
  const float scale = section.units == "g/cm3" ? 1000.0f : 1.0f;
  for (float& value : density.values) {
    value *= scale;
    if (!(value >= least && value <= most))
      throw DataError("The density model '" + section.file + "' has a value of " + format_significant(value) +
                      " kg/m3, read as " + section.units + "; it must be in [100, 30000] kg/m3. Likely causes: another unit "
                      "([density] units), or a hole in the data.");
  }
  return section.smoothing > 0 ? smooth(density, section.smoothing, section.smoothing) : density;
}

double layered(const DensitySection& section, double depth) {
  const auto interface = std::upper_bound(section.depths.begin(), section.depths.end(), depth);
  return section.values[static_cast<std::size_t>(interface - section.depths.begin())];
}

}  // namespace

std::shared_ptr<const std::vector<float>> make_density(const RunConfig& config, const GridField& velocity) {
  if (!has_density(config)) return nullptr;
  const DensitySection& section = config.density;
  const Grid& grid = velocity.grid;
  const std::size_t plane = static_cast<std::size_t>(grid.nx) * grid.ny;
  const std::size_t water = plane * std::min(config.model.water_rows, grid.nz);
  const GridField file = section.kind == "file" ? from_file(config, grid) : GridField{};
  auto density = std::make_shared<std::vector<float>>(grid.size());
  for (std::size_t i = 0; i < density->size(); ++i) {
    double value = section.water;
    if (i >= water) {
      if (section.kind == "gardner") value = section.gardner_factor * std::pow(velocity.values[i], section.gardner_exponent);
      if (section.kind == "layers") value = layered(section, static_cast<double>(i / plane) * grid.dz);
      if (section.kind == "file") value = file.values[i - water];
    }
    (*density)[i] = static_cast<float>(value / 1000);
  }
  return density;
}

void check_density(const RunConfig& config, ErrorList& errors) {
  const DensitySection& section = config.density;
  errors.add_if(section.kind != "file" && !section.file.empty(),
                "[density] file is given, but kind = " + section.kind + " does not read it. Set kind = file, or remove it.");
  errors.add_if(section.kind != "layers" && !(section.values.empty() && section.depths.empty()),
                "[density] values and depths are for kind = layers, but kind = " + section.kind + ". Set it, or remove them.");
  if (!has_density(config)) return;
  errors.add_if(section.kind == "file" && section.file.empty(), "[density] kind = file needs [density] file, the density model.");
  errors.add_if(section.kind == "file" && config.grid.ny > 1, "[density] kind = file reads sections (nz, nx); [grid] ny must be 1.");
  if (section.kind == "layers") {
    errors.add_if(section.values.size() != section.depths.size() + 1,
                  "[density] values has " + std::to_string(section.values.size()) + " densities and depths has " +
                      std::to_string(section.depths.size()) + " interfaces; layers are one more than interfaces.");
    errors.add_if(!std::is_sorted(section.depths.begin(), section.depths.end()), "[density] depths must ascend.");
    for (const double value : section.values)
      errors.add_if(!(value >= least && value <= most),
                    "[density] values: " + format_significant(value) + " kg/m3 is not in [100, 30000] kg/m3.");
  }
  if (section.kind == "gardner") {
    const double at_2000 = section.gardner_factor * std::pow(2000, section.gardner_exponent);
    errors.add_if(!(at_2000 >= least && at_2000 <= most), "[density] gardner_factor and gardner_exponent give " +
                                                              format_significant(at_2000) +
                                                              " kg/m3 at 2000 m/s, which is not in [100, 30000] kg/m3.");
  }
}

}  // namespace bornflow
