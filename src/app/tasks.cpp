#include "src/app/tasks.hpp"

#include "bornflow/base/error.hpp"
#include "bornflow/config/suggestion.hpp"

namespace bornflow {

const std::vector<Task>& all_tasks() {
  static const std::vector<Task> tasks = {
      {"model", "simulate the shot records that are to be imaged, with noise",
       run_model, {}, Product::observed},
      {"migrate", "image the shot records by reverse-time migration",
       run_migrate, {Product::observed}, Product::migrated},
      {"invert", "image the shot records by least-squares migration, or fit them by full waveform inversion",
       run_invert, {Product::observed}, Product::inverted},
      {"pairs", "simulate training and test pairs (image, summary of its data)",
       run_pairs, {}, Product::pairs},
      {"train", "train the conditional flow on the pairs",
       run_train, {Product::pairs}, Product::flow},
      {"posterior", "sample the posterior of the shot records: mean, standard deviation, quantiles",
       run_posterior, {Product::pairs, Product::flow, Product::migrated}, Product::posterior},
      {"correct", "move the latents of the posterior until its samples fit the shot records",
       run_correct, {Product::observed, Product::pairs, Product::flow, Product::migrated}, Product::corrected},
      {"diagnose", "test the posterior on images that the flow has not seen",
       run_diagnose, {Product::pairs, Product::flow}, Product::diagnostics},
      {"benchmark", "time the wave kernel and the training, as fractions of what this machine can do",
       run_benchmark, {}, {}},
      {"verify", "test adjoints and derivatives on this very set-up: dot products and Taylor slopes",
       run_verify, {}, {}},
      {"refine", "refine posteriors of problems whose right answer is known, and compare with it",
       run_refine, {}, Product::refined},
  };
  return tasks;
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const Task& task : all_tasks()) names.push_back(task.name);
  return names;
}

const Task& task_named(const std::string& name) {
  for (const Task& task : all_tasks())
    if (task.name == name) return task;
  throw UserError("[run] tasks: '" + name + "' is not a task." + did_you_mean(name, task_names()) + " 'bornflow --help' lists them.");
}

}  // namespace bornflow
