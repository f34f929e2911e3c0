#include "src/app/products.hpp"

#include <algorithm>
#include <vector>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/error.hpp"
#include "bornflow/io/run_folder.hpp"

namespace bornflow {

namespace {

std::vector<std::string> sections_of(Product product) {
  const std::vector<std::string> physics = {"grid", "model", "density", "acquisition", "time", "wave", "noise", "prior"};
  auto with = [](std::vector<std::string> sections, const std::vector<std::string>& more) {
    sections.insert(sections.end(), more.begin(), more.end());
    return sections;
  };
  switch (product) {
    case Product::observed:
    case Product::migrated: return with(physics, {"observed"});
    case Product::inverted: return with(physics, {"observed", "invert"});
    case Product::pairs: return with(physics, {"pairs"});
    case Product::flow: return with(physics, {"pairs", "flow", "train"});
    case Product::posterior: return with(physics, {"pairs", "flow", "train", "observed", "posterior"});
    case Product::diagnostics: return with(physics, {"pairs", "flow", "train", "posterior", "diagnose"});
    case Product::refined:
      return {"problem", "rosenbrock", "linear_gaussian", "compressed_sensing", "mixture", "kinematics", "tissue",
              "star_cluster", "inn", "abc", "cvae", "flow", "train", "refine"};
  }
  return {};
}

// Root looks, everybody acts on what it saw.
ProductState state_of(const std::string& path, Product product, const RunContext& run) {
  std::vector<int> state(1);
  if (run.world().is_root()) state[0] = static_cast<int>(product_state(path, configuration_of(product, run)));
  run.world().broadcast(state);
  return static_cast<ProductState>(state[0]);
}

std::string name_of(Product product) {
  const std::string file = file_name(product);
  return file.substr(0, file.find('.'));
}

}  // namespace

std::string file_name(Product product) {
  switch (product) {
    case Product::observed: return "observed.h5";
    case Product::migrated: return "migrated.h5";
    case Product::inverted: return "inverted.h5";
    case Product::pairs: return "pairs.h5";
    case Product::flow: return "flow.h5";
    case Product::posterior: return "posterior.h5";
    case Product::diagnostics: return "diagnostics.h5";
    case Product::refined: return "refined.h5";
  }
  return {};
}

std::string configuration_of(Product product, const RunContext& run) {
  // Parameters that change how a result is computed, but not the result.
  const std::vector<std::string> without_effect = {"wave.background_memory", "wave.storage_memory",
                                                   "wave.min_points_per_wavelength", "pairs.block", "pairs.parts",
                                                   "pairs.part", "posterior.batch", "diagnose.enforce"};
  const auto contains = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  const std::vector<std::string> sections = sections_of(product);
  std::string text = "seed=" + std::to_string(run.config.run.seed) + "\ninputs=" + run.input_digest + "\n";
  for (const auto& value : run.registry.values()) {
    const std::string name = value.section + "." + value.key;
    const bool is_for_other_samples = product == Product::diagnostics && value.section == "posterior" && value.key != "temperature";
    if (contains(sections, value.section) && !contains(without_effect, name) && !is_for_other_samples)
      text += name + "=" + value.value + "\n";
  }
  return text_digest(text);
}

bool already_complete(Product product, const RunContext& run) {
  const std::string path = run.folder.path(file_name(product));
  const ProductState state = state_of(path, product, run);
  if (state == ProductState::missing) return false;
  if (state == ProductState::complete) {
    run.log.line(file_name(product) + " is complete: reused");
    return true;
  }
  if (run.config.run.overwrite) {
    run.log.line(file_name(product) + " is replaced ([run] overwrite)");
    return false;
  }
  if (state == ProductState::damaged)
    throw DataError(path + " is damaged or not a product of bornflow. Remove it, or pass --run.overwrite=true.");
  throw UserError(path + " was made with another configuration. Choose another [run] folder, or pass "
                  "--run.overwrite=true to replace it.");
}

std::string require_product(Product product, const RunContext& run, const std::string& made_by) {
  const std::string path = run.folder.path(file_name(product));
  const ProductState state = state_of(path, product, run);
  if (state == ProductState::complete) return path;
  const std::string cure = "Run 'bornflow " + made_by + "' with this parameter file first.";
  if (state == ProductState::missing) throw UserError(path + " does not exist. " + cure);
  if (state == ProductState::damaged) throw DataError(path + " is damaged or not a product of bornflow. " + cure);
  throw UserError(path + " was made with another configuration. " + cure);
}

void stamp(Hdf5File& file, Product product, const RunContext& run) {
  file.write_attribute("/", "product", name_of(product));
  file.write_attribute("/", "configuration", configuration_of(product, run));
  file.write_attribute("/", "git", git_hash());
  file.write_attribute("/", "seed", run.config.run.seed);
  if (product == Product::refined) return;   // of vectors, without axes
  const bool is_3d = run.config.grid.ny > 1;
  file.write_attribute("/", "axes", std::string(is_3d ? "z, y, x (x fastest)" : "z, x (x fastest)"));
  file.write_attribute("/", "dx", run.config.grid.dx);
  if (is_3d) file.write_attribute("/", "dy", run.config.grid.dy);
  file.write_attribute("/", "dz", run.config.grid.dz);
}

}  // namespace bornflow
