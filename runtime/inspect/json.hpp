#pragma once

// An observation as the JSON of the HTTP surface. Times are µs since the epoch
// in *_us; what is not known is null. README, "HTTP", lists the fields.

#include <string>
#include <vector>

#include "runtime/inspect/history.hpp"
#include "runtime/inspect/observation.hpp"
#include "runtime/inspect/verdict.hpp"

namespace observer {

std::string status_json(const observation& o, const verdict& v);
std::string ready_json(const verdict& v);
std::string history_json(const history_view& h);
std::string slot_json(int slot, const slot_observation& s,
                      const std::vector<tick_view>& ticks,
                      const std::vector<event_view>& events);
std::string events_json(const std::vector<event_view>& events);
std::string rejects_json(const std::vector<reject_view>& rejects);
std::string files_json(const std::vector<file_observation>& files);
/// {"error": text}.
std::string error_json(std::string_view text);

} // namespace observer
