#pragma once

#include <string>

#include "bornflow/io/output_file.hpp"
#include "src/app/run_context.hpp"

/// The products of the tasks: which file each makes, and the parameters that it depends on.
namespace bornflow {

enum class Product { observed, migrated, inverted, pairs, flow, posterior, diagnostics, refined };

/// File name in the run folder, "pairs.h5".
std::string file_name(Product product);

/// Digest of every parameter that the product depends on, the seed included; stored in the file.
std::string configuration_of(Product product, const RunContext& run);

/// True when the product is complete and was made with these parameters. Throws UserError when it was made with others
/// (unless [run] overwrite), DataError when it is damaged. Collective.
bool already_complete(Product product, const RunContext& run);

/// Throws UserError with the task to run first unless the product is complete. Returns its path. Collective.
std::string require_product(Product product, const RunContext& run, const std::string& made_by);

/// [run] overwrite also stands for the checkpoint of other parameters: removes it. IoError on every rank. Collective.
void remove_checkpoint_of_others(const RunContext& run, const std::string& path, const std::string& configuration);

/// Root attributes that every product carries: task, configuration and its parameters, git hash, seed.
void stamp(Hdf5File& file, Product product, const RunContext& run);

}  // namespace bornflow
