#include "runtime/commands/progress.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "messages/numbers.hpp"
#include "runtime/process/error_line.hpp"
#include "runtime/process/output_queue.hpp"
#include "runtime/process/standard_streams.hpp"

namespace observer {

using namespace std::chrono_literals;

progress::progress(const session_counters& counters, bool enabled)
  : counters_(counters),
    enabled_(enabled),
    terminal_(rewrites_lines(STDERR_FILENO) && error_form() == line_form::text),
    shown_(std::chrono::steady_clock::now()) {}

progress::~progress() {
  finish();
}

void progress::update() {
  if (!enabled_)
    return;
  auto now = std::chrono::steady_clock::now();
  auto every = terminal_ ? 1'000ms : 5'000ms;
  if (now - shown_ < every)
    return;
  auto seconds = std::chrono::duration<double>(now - shown_).count();
  auto t = sum(counters_);
  auto rate = static_cast<double>(t.received - received_shown_) / seconds;
  shown_ = now;
  received_shown_ = t.received;
  auto line = fmt::format(
    "{} received  {} on disk  {} rejected  {} shed  {} in flight  {:.0f}/s  "
    "on disk after p50 {:.0f} ms, p99 {:.0f} ms",
    with_commas(t.received), with_commas(t.persisted), with_commas(t.rejected),
    with_commas(t.shed), with_commas(t.in_flight), rate,
    static_cast<double>(counters_.ack_latency.quantile_us(0.5)) / 1e3,
    static_cast<double>(counters_.ack_latency.quantile_us(0.99)) / 1e3);
  // A line that is broken is not written over by the next.
  struct winsize screen {};
  if (terminal_ && ::ioctl(STDERR_FILENO, TIOCGWINSZ, &screen) == 0
      && screen.ws_col > 1)
    line = first_figures(std::move(line), screen.ws_col - 1);
  // Where nobody reads, the next one says more.
  standard_error().put_if_idle(terminal_ ? "\r\x1b[K" + line
                                         : error_line("info", line));
}

std::string first_figures(std::string line, size_t cells) {
  if (line.size() <= cells)
    return line;
  auto end = line.rfind("  ", cells);
  line.resize(end == line.npos ? cells : end);
  return line;
}

void progress::say(const std::string& line) {
  standard_error().put((enabled_ && terminal_ ? "\r\x1b[K" : "")
                       + error_line("info", line));
}

void progress::finish() {
  if (enabled_ && terminal_)
    standard_error().put_if_idle("\r\x1b[K");
  enabled_ = false;
}

directory_summary summarize(const std::string& data_dir, size_t names_max) {
  namespace fs = std::filesystem;
  directory_summary out;
  std::vector<std::string> names;
  std::error_code ec;
  for (auto& entry : fs::recursive_directory_iterator(data_dir, ec)) {
    if (entry.path().extension() != ".jsonl")
      continue;
    ++out.files;
    out.bytes += entry.file_size(ec);
    names.push_back(fs::relative(entry.path(), data_dir, ec).string());
  }
  std::sort(names.begin(), names.end());
  for (size_t i = 0; i < std::min(names.size(), names_max); ++i)
    out.names += fmt::format("  {}\n", names[i]);
  if (names.size() > names_max)
    out.names += fmt::format("  … and {} more\n", names.size() - names_max);
  return out;
}

} // namespace observer
