#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bornflow/report/log.hpp"

namespace bornflow {

struct ProgressSettings {
  double seconds_between_rows = 30;
  std::function<double()> clock;  ///< seconds; the steady clock when empty
};

/// How far a long loop is. In a batch log: a table, with a row at the first update, at the end, and in between at most
/// one every `seconds_between_rows`; its header is repeated every 20 rows. On a terminal: one changing line, and the
/// table goes to the log file only.
class Progress {
public:
  using Columns = std::vector<std::pair<std::string, double>>;
  static constexpr int rows_per_header = 20;

  /// `total` in `unit` ("pairs", "epochs"); 0 when unknown, then neither share nor time left are shown.
  Progress(Log& log, const std::string& title, double total, const std::string& unit, ProgressSettings settings = {});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of the total are by an earlier run: the rate does not count them.
  void go_on_from(double done);

  /// `done` of the total so far; `extra` are further columns (misfit, loss, step), the same names at each call.
  void update(double done, const Columns& extra = {});

  /// The last row and a closing line with the whole time and the mean rate.
  void finish();

private:
  double elapsed() const;
  double rate() const;          ///< units per second since the start; 0 when nothing is done
  double seconds_left() const;  ///< negative when it cannot be told
  void show_row();
  void show_bar();
  std::string header() const;
  std::string row() const;
  void output(const std::string& text);

  Log& log_;
  std::string title_, unit_;
  double total_;
  ProgressSettings settings_;
  double start_;
  double done_ = 0, already_done_ = 0;
  Columns extra_;
  std::string last_header_;
  int rows_ = 0;
  double last_row_time_ = 0, last_bar_time_ = -1;
  bool row_is_current_ = false;
};

}  // namespace bornflow
