#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include "src/app/waves/experiment.hpp"
#include "support/world.hpp"

namespace bornflow::test {

/// A small experiment with all that a run gives it.
class Waves {
public:
  Waves(double level, const std::string& band) {
    declare_sections(registry_, config_);
    registry_.parse("[run]\ntasks = model\n[grid]\nnx = 40\nnz = 32\ndx = 12.5\ndz = 12.5\n[acquisition]\nsources = 3\nreceivers = 40\n"
                    "[time]\nrecord_length = 0.5\nsample_interval = 0.004\npeak_frequency = 15\n[prior]\namplitude = 0.05\n",
                    "waves.cfg", {"--noise.level=" + std::to_string(level), "--noise.band=" + band});
    run_.emplace(RunContext{config_, registry_, groups_, folder_, log_, timers_, stop_, {}});
    experiment_.emplace(*run_, teams_);
  }
  ~Waves() { std::filesystem::remove_all(folder_.path()); }
  Waves(const Waves&) = delete;

  Experiment& experiment() { return *experiment_; }
  std::size_t shot_size() { return experiment_->born().traces_size(); }
  /// J x of all shots.
  std::vector<float> clean(const std::vector<float>& image) {
    std::vector<float> traces(3 * shot_size());
    for (int shot = 0; shot < 3; ++shot) experiment_->born().born(shot, 1, image.data(), traces.data() + shot * shot_size());
    return traces;
  }
  /// Of a sample's data of this image.
  std::vector<float> noise(std::int64_t sample, const std::vector<float>& image) {
    std::vector<float> result = experiment_->simulate_born_data(sample, image);
    const std::vector<float> signal = clean(image);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] -= signal[i];
    return result;
  }

private:
  const Communicator self_ = world().split(world().rank());
  const Groups groups_{self_, 1};
  const ShotTeams teams_{groups_.across(), 3};
  RunConfig config_;
  ParameterRegistry registry_;
  RunFolder folder_{(std::filesystem::temp_directory_path() / ("bornflow_noise_" + std::to_string(getpid()))).string(), self_};
  Log log_{self_};
  Timers timers_;
  StopRequest stop_{self_, 0, ""};
  std::optional<RunContext> run_;
  std::optional<Experiment> experiment_;
};

}  // namespace bornflow::test
