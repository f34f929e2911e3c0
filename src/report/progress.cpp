#include "bornflow/report/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "bornflow/report/duration.hpp"

namespace bornflow {

namespace {

constexpr double seconds_between_bars = 0.2;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string cell(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

std::string number(double value, const char* format) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::size_t width_of(const std::string& column) { return std::max<std::size_t>(13, column.size() + 2); }

}  // namespace

Progress::Progress(Log& log, const std::string& title, double total, const std::string& unit, ProgressSettings settings)
    : log_(log), title_(title), unit_(unit), total_(total), settings_(std::move(settings)) {
  if (!settings_.clock) settings_.clock = steady_seconds;
  start_ = settings_.clock();
}

Progress::~Progress() { log_.show_status(""); }

double Progress::elapsed() const { return settings_.clock() - start_; }

double Progress::rate() const {
  const double seconds = elapsed();
  return seconds > 0 ? (done_ - already_done_) / seconds : 0;
}

double Progress::seconds_left() const { return total_ > 0 && rate() > 0 ? std::max(0.0, total_ - done_) / rate() : -1; }

void Progress::go_on_from(double done) { already_done_ = done_ = done; }

void Progress::update(double done, const Columns& extra) {
  done_ = done;
  extra_ = extra;
  row_is_current_ = false;
  if (rows_ == 0 || elapsed() - last_row_time_ >= settings_.seconds_between_rows) show_row();
  if (log_.terminal_columns() > 0 && elapsed() - last_bar_time_ >= seconds_between_bars) show_bar();
}

void Progress::finish() {
  if (rows_ > 0 && !row_is_current_) show_row();
  log_.show_status("");
  log_.line(title_ + ": " + number(done_ - already_done_, "%.10g") + " " + unit_ + " in " +
            format_duration(elapsed()) + (rate() > 0 ? " (" + number(rate(), "%.3g") + " " + unit_ + "/s)" : ""));
}

std::string Progress::header() const {
  std::string text = cell(unit_, 12);
  if (total_ > 0) text += cell("done %", 9);
  text += cell(unit_ + "/s", width_of(unit_ + "/s")) + cell("elapsed", 11);
  if (total_ > 0) text += cell("left", 11);
  for (const auto& [name, value] : extra_) text += cell(name, width_of(name));
  return text;
}

std::string Progress::row() const {
  std::string text = cell(number(done_, "%.10g"), std::max<std::size_t>(12, unit_.size()));
  if (total_ > 0) text += cell(number(100 * done_ / total_, "%.1f"), 9);
  text += cell(number(rate(), "%.3g"), width_of(unit_ + "/s")) + cell(format_duration(elapsed()), 11);
  if (total_ > 0) text += cell(format_duration(seconds_left()), 11);
  for (const auto& [name, value] : extra_) text += cell(number(value, "%.5g"), width_of(name));
  return text;
}

void Progress::show_row() {
  const std::string names = header();
  if (rows_ % rows_per_header == 0 || names != last_header_) output(names);
  last_header_ = names;
  output(row());
  ++rows_;
  last_row_time_ = elapsed();
  row_is_current_ = true;
}

void Progress::output(const std::string& text) {
  if (log_.terminal_columns() > 0)
    log_.line_to_file(text);
  else
    log_.line(text);
}

void Progress::show_bar() {
  std::string text = title_ + " ";
  if (total_ > 0) {
    constexpr int width = 24;
    const double share = std::clamp(done_ / total_, 0.0, 1.0);
    const int filled = static_cast<int>(share * width);
    text += "[" + std::string(static_cast<std::size_t>(filled), '=') +
            std::string(static_cast<std::size_t>(width - filled), ' ') + "] " + number(100 * share, "%.1f %%");
  } else {
    text += number(done_, "%.10g ") + unit_;
  }
  text += "  " + number(rate(), "%.3g ") + unit_ + "/s  " + format_duration(elapsed());
  if (total_ > 0) text += "  " + format_duration(seconds_left()) + " left";
  for (const auto& [name, value] : extra_) text += "  " + name + " " + number(value, "%.4g");
  log_.show_status(text);
  last_bar_time_ = elapsed();
}

}  // namespace bornflow
