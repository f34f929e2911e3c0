#include "src/app/products.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/error.hpp"
#include "bornflow/io/run_folder.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

namespace {

using Names = std::vector<std::string>;

bool contains(const Names& list, const std::string& word) { return std::find(list.begin(), list.end(), word) != list.end(); }

/// Parameters that change how a result is computed, but not the result; train.kept_megabytes changes its rounding.
const Names without_effect = {"wave.background_memory", "wave.storage_memory", "wave.min_points_per_wavelength", "pairs.block",
                              "pairs.parts", "pairs.part", "train.kept_megabytes", "posterior.batch", "diagnose.enforce",
                              "correct.checked_samples"};

/// Of the digest of the file that a section names.
const std::string contents_suffix = ".file.contents";

const Names sections_of_no_product = {"run", "parallel", "benchmark", "verify"};
const Names sections_of_physics = {"grid", "model", "density", "acquisition", "time", "wave", "noise", "prior"};

bool depends_on(Product product, const std::string& section) {
  if (contains(sections_of_no_product, section)) return false;
  const auto physics_and = [&](const Names& more) { return contains(sections_of_physics, section) || contains(more, section); };
  switch (product) {
    case Product::observed:
    case Product::migrated: return physics_and({"observed"});
    case Product::inverted: return physics_and({"observed", "invert"});
    case Product::pairs: return physics_and({"pairs"});
    case Product::flow: return physics_and({"pairs", "flow", "train"});
    case Product::posterior: return physics_and({"pairs", "flow", "train", "observed", "posterior"});
    case Product::corrected: return physics_and({"pairs", "flow", "train", "observed", "posterior", "correct"});
    case Product::diagnostics: return physics_and({"pairs", "flow", "train", "posterior", "diagnose"});
    // All but what is of waves: the section of a new problem must not be forgotten here.
    case Product::refined: return !physics_and({"observed", "pairs", "posterior", "correct", "invert", "diagnose"});
  }
  return true;
}

std::map<std::string, std::string> settings_of(const std::string& text) {
  std::map<std::string, std::string> settings;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) settings[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return settings;
}

/// "[grid] nx = 64 there and 80 here; ...", or nothing where the file does not say.
std::string differences(const std::string& path, const std::string& ours) {
  const Hdf5File file = Hdf5File::open(path);
  if (!file.has_attribute("/", "parameters")) return "";
  const auto there = settings_of(file.text_attribute("/", "parameters")), here = settings_of(ours);
  std::string text;
  int n_more = 0;
  for (const auto& [name, value] : here) {
    const auto other = there.find(name);
    if (other != there.end() && other->second == value) continue;
    if (!text.empty() && ++n_more > 0 && n_more > 4) continue;
    if (!text.empty()) text += "; ";
    if (const auto section_end = name.find(contents_suffix); section_end != std::string::npos) {
      text += "the contents of [" + name.substr(0, section_end) + "] file";
      continue;
    }
    const auto dot = name.find('.');
    text += "[" + name.substr(0, dot) + "] " + name.substr(dot + 1) + " = " +
            (other == there.end() ? "(not known)" : other->second) + " there and " + value + " here";
  }
  if (n_more > 4) text += "; and " + std::to_string(n_more - 4) + " more";
  return text;
}

struct Seen {
  ProductState state;
  std::string detail;   ///< of a damaged product what is wrong, of one of other parameters which differ
};

Seen look_at(const std::string& path, Product product, const RunContext& run) {
  const std::string text = configuration_of(product, run);
  Seen seen;
  seen.state = product_state(path, text_digest(text), &seen.detail);
  if (seen.state == ProductState::other_configuration) seen.detail = differences(path, text);
  return seen;
}

// Root looks, everybody acts on what it saw.
Seen look_together(const std::string& path, Product product, const RunContext& run) {
  std::string message;
  run_on_root(run.world(), [&] {
    const Seen seen = look_at(path, product, run);
    message = static_cast<char>('0' + static_cast<int>(seen.state)) + seen.detail;
  });
  run.world().broadcast(message);
  return {static_cast<ProductState>(message[0] - '0'), message.substr(1)};
}

std::string other_configuration(const std::string& path, const Seen& seen) {
  return path + " was made with another configuration" + (seen.detail.empty() ? "" : ": " + seen.detail) + ". ";
}

const char* const another_folder_or_overwrite = "Choose another [run] folder, or pass --run.overwrite=true to replace it.";

/// Throws what is_complete() does where the product must not be replaced.
ProductState state_for_maker(Product product, const RunContext& run) {
  const std::string path = run.folder.path(file_name(product));
  const Seen seen = look_together(path, product, run);
  if (run.config.run.overwrite) return seen.state;
  if (seen.state == ProductState::damaged) throw DataError(seen.detail + ". Remove it, or pass --run.overwrite=true.");
  if (seen.state == ProductState::other_configuration) throw UserError(other_configuration(path, seen) + another_folder_or_overwrite);
  return seen.state;
}

std::string maker_of(Product product) {
  for (const Task& task : all_tasks())
    if (task.makes == product) return task.name;
  return {};
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
    case Product::corrected: return "corrected.h5";
    case Product::diagnostics: return "diagnostics.h5";
    case Product::refined: return "refined.h5";
  }
  return {};
}

std::string configuration_of(Product product, const RunContext& run) {
  std::string text = "run.seed=" + std::to_string(run.config.run.seed) + "\n";
  for (const auto& [section, digest] : run.input_digests)
    if (depends_on(product, section)) text += section + contents_suffix + "=" + digest + "\n";
  for (const auto& value : run.registry.values()) {
    const std::string name = value.section + "." + value.key;
    const bool is_for_other_samples = product == Product::diagnostics && value.section == "posterior" && value.key != "temperature";
    if (depends_on(product, value.section) && !contains(without_effect, name) && !is_for_other_samples)
      text += name + "=" + value.value + "\n";
  }
  return text;
}

bool is_complete(Product product, const RunContext& run) { return state_for_maker(product, run) == ProductState::complete; }

bool already_complete(Product product, const RunContext& run) {
  const ProductState state = state_for_maker(product, run);
  if (state == ProductState::complete) run.log.line(file_name(product) + " is complete: reused");
  else if (state != ProductState::missing) run.log.line(file_name(product) + " is replaced ([run] overwrite)");
  return state == ProductState::complete;
}

std::string require_product(Product product, const RunContext& run) {
  const std::string path = run.folder.path(file_name(product));
  const Seen seen = look_together(path, product, run);
  if (seen.state == ProductState::complete) return path;
  const std::string command = "'bornflow " + maker_of(product) + "'";
  if (seen.state == ProductState::missing)
    throw UserError(path + " does not exist. Run " + command + " with this parameter file first.");
  if (seen.state == ProductState::damaged) throw DataError(seen.detail + ". Remove it and run " + command + " again.");
  throw UserError(other_configuration(path, seen) + "Give those parameters, or make it again: " + command +
                  " with --run.overwrite=true.");
}

bool can_continue(const std::string& path, Product product, const RunContext& run) {
  const Seen seen = look_at(path, product, run);
  if (seen.state == ProductState::missing || seen.state == ProductState::complete) return seen.state == ProductState::complete;
  if (run.config.run.overwrite) remove_file(path);
  else if (seen.state == ProductState::other_configuration)
    throw UserError(other_configuration(path, seen) + another_folder_or_overwrite);
  return false;
}

void stamp(Hdf5File& file, Product product, const RunContext& run) {
  file.write_attribute("/", "product", name_of(product));
  write_configuration(file, configuration_of(product, run));
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
