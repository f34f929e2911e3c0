#include "src/app/tasks.hpp"

namespace bornflow {

const std::vector<Task>& all_tasks() {
  static const std::vector<Task> tasks = {
      {"model", "simulate the shot records that are to be imaged, with noise", run_model},
      {"migrate", "image the shot records by reverse-time migration", run_migrate},
      {"invert", "image the shot records by least-squares migration, or fit them by full waveform inversion", run_invert},
      {"pairs", "simulate training and test pairs (image, summary of its data)", run_pairs},
      {"train", "train the conditional flow on the pairs", run_train},
      {"posterior", "sample the posterior of the shot records: mean, standard deviation, quantiles", run_posterior},
      {"diagnose", "test the posterior on images that the flow has not seen", run_diagnose},
      {"benchmark", "time the wave kernel and the training, as fractions of what this machine can do", run_benchmark},
      {"verify", "test adjoints and derivatives on this very set-up: dot products and Taylor slopes", run_verify},
      {"refine", "refine posteriors of problems whose right answer is known, and compare with it", run_refine},
  };
  return tasks;
}

}  // namespace bornflow
