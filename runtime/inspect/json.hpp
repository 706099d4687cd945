#pragma once

// An observation as the JSON of the HTTP surface. Times are µs since the epoch
// in *_us; what is not known is null. README, "HTTP", lists the fields.

#include <string>
#include <vector>

#include "runtime/inspect/observation.hpp"
#include "runtime/inspect/verdict.hpp"

namespace observer {

/// Counts of one second each, oldest first; nothing where there was no daemon.
struct history_view {
  int64_t end_us = 0;
  std::vector<std::optional<uint32_t>> received, persisted;
};

std::string status_json(const observation& o, const verdict& v);
std::string ready_json(const verdict& v);
std::string history_json(const history_view& h);
std::string slot_json(int slot, const slot_observation& s,
                      const std::vector<tick_view>& ticks,
                      const std::vector<event_view>& events);
std::string events_json(const std::vector<event_view>& events);
std::string files_json(const std::vector<file_observation>& files);
/// {"error": text}.
std::string error_json(std::string_view text);

} // namespace observer
