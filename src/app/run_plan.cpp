#include "src/app/run_plan.hpp"

#include <set>

#include "src/app/products.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

bool check_run_plan(const std::vector<std::string>& tasks, const RunContext& run) {
  std::set<Product> made;
  for (const std::string& name : tasks) {
    const Task& task = task_named(name);
    if (task.makes && is_complete(*task.makes, run)) continue;   // it will be reused, and needs nothing
    for (const Product need : task.needs)
      if (made.count(need) == 0) require_product(need, run);
    if (task.makes) made.insert(*task.makes);
  }
  return !made.empty();
}

}  // namespace bornflow
