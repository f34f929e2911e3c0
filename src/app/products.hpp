#pragma once

#include <string>

#include "bornflow/io/output_file.hpp"
#include "src/app/run_context.hpp"

/// The products of the tasks: which file each makes, and the parameters that it depends on.
namespace bornflow {

enum class Product { observed, migrated, inverted, pairs, flow, posterior, corrected, diagnostics, refined };

/// File name in the run folder, "pairs.h5".
std::string file_name(Product product);

/// What the product depends on, a line "section.key=value" each, with the seed and the contents of the input files; stored in it.
std::string configuration_of(Product product, const RunContext& run);

/// True when the product is complete and was made with these parameters. Throws UserError when it was made with others
/// (unless [run] overwrite), DataError when it is damaged. Collective.
bool is_complete(Product product, const RunContext& run);

/// is_complete, for the task that makes the product: tells the log that it is reused or will be replaced.
bool already_complete(Product product, const RunContext& run);

/// Throws UserError with the task to run first unless the product is complete. Returns its path. Collective.
std::string require_product(Product product, const RunContext& run);

/// Whether unfinished work on a product lies at `path`, a checkpoint or a part of it, made with these parameters. With [run]
/// overwrite, what was made with others or is damaged is removed; without, the one is a UserError and the other stays. Call on one rank.
bool can_continue(const std::string& path, Product product, const RunContext& run);

/// Root attributes that every product carries: its name, configuration and parameters, git hash, seed; of images axes and spacings.
void stamp(Hdf5File& file, Product product, const RunContext& run);

}  // namespace bornflow
