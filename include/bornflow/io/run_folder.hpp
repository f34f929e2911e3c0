#pragma once

#include <string>

#include "bornflow/io/hdf5_file.hpp"
#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// The folder that a run writes to.
///
/// `run.status` in it says how the run ended: "done", "checkpointed" or "failed: <why>"; "running" until then.
///
/// Several runs may work in one folder at a time when each has a `part` of its own: the files about the run, such as
/// run.status and run.log, carry it at their end, and only the products are shared.
class RunFolder {
public:
  /// Makes the folder and its parents and checks with a probe file that it can be written. Collective on `comm`;
  /// IoError on every rank.
  RunFolder(const std::string& path, const Communicator& comm, const std::string& part = "");

  const std::string& path() const { return path_; }
  /// Path of a file in the folder; a Bug when `name` leads out of it.
  std::string path(const std::string& name) const;
  /// Path of a file about this run, "run.log" or with a part "run.log.part-3".
  std::string record(const std::string& name) const;
  /// Replaces run.status. Call on one rank.
  void write_status(const std::string& status) const;

private:
  std::string path_;
  std::string part_;
};

/// Replaces `path` by `text` so that at any moment it holds the old text or the new one. IoError.
void write_text_atomically(const std::string& path, const std::string& text);

enum class ProductState {
  missing,              ///< no such file
  complete,             ///< committed by a run of this configuration
  other_configuration,  ///< committed by a run of another configuration
  damaged               ///< unreadable, foreign, or never committed
};

/// State of the product `path`, whose root attribute `configuration` must equal `digest`; `damage` gets what is wrong with a
/// damaged one. IoError when it cannot be looked at (no permission, a file system that does not answer).
ProductState product_state(const std::string& path, const std::string& digest, std::string* damage = nullptr);

/// Writes the root attributes `configuration`, the digest that product_state() compares, and `parameters`, the text itself: what
/// a file depends on, a line "section.key=value" each.
void write_configuration(Hdf5File& file, const std::string& text);

/// Removes the file `path`, if there is one. IoError.
void remove_file(const std::string& path);

/// FNV-1a of 64 bits as 16 hexadecimal digits. It finds changes and accidents; it is no protection against forgery.
std::string text_digest(const std::string& text);

}  // namespace bornflow
