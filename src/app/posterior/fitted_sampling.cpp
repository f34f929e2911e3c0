#include "src/app/posterior/fitted_sampling.hpp"

#include <vector>

#include "bornflow/base/build_info.hpp"
#include "bornflow/io/manifest.hpp"
#include "bornflow/io/output_file.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "src/app/posterior/sampling_calibration.hpp"
#include "src/app/products.hpp"

namespace bornflow {

namespace {

/// On one rank. A file that is damaged, or of a flow that has been replaced, holds nothing.
bool read_fit(const std::string& path, const std::string& flow_digest, FittedSampling& fitted) {
  if (!is_complete(path)) return false;
  const Hdf5File file = Hdf5File::open(path);
  if (!file.has_attribute("/", "flow_digest") || file.text_attribute("/", "flow_digest") != flow_digest) return false;
  fitted.calibration = read_calibration(file);
  fitted.shortcoming = file.text_attribute("/", "shortcoming");
  return true;
}

void write_fit(const std::string& path, const std::string& flow_digest, const FittedSampling& fitted) {
  OutputFile output(path);
  Hdf5File& file = output.file();
  write_calibration(file, fitted.calibration);
  file.write_attribute("/", "shortcoming", fitted.shortcoming);
  file.write_attribute("/", "flow_digest", flow_digest);
  file.write_attribute("/", "git", git_hash());
  output.commit();
}

}  // namespace

FittedSampling fit_sampling_once(const RunContext& run, const std::function<FittedSampling()>& fit) {
  const std::string path = run.folder.path("calibration.h5"), flow_path = require_product(Product::flow, run);
  FittedSampling fitted;
  std::string flow_digest;
  std::vector<double> numbers;   // none: not known yet
  run_on_root(run.world(), [&] {
    flow_digest = file_digest(flow_path);
    if (!read_fit(path, flow_digest, fitted)) return;
    const SamplingCalibration& c = fitted.calibration;
    numbers = {c.temperature, c.log_gain, c.log_gain_slope, c.log_gain_spread};
  });
  run.world().broadcast(numbers);
  if (!numbers.empty()) {
    fitted.calibration = {numbers[0], numbers[1], numbers[2], numbers[3]};
    run.world().broadcast(fitted.shortcoming);
    return fitted;
  }
  fitted = fit();
  run_on_root(run.world(), [&] { write_fit(path, flow_digest, fitted); });
  return fitted;
}

}  // namespace bornflow
