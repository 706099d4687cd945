#include "runtime/daemon/pulse.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "messages/korean_time.hpp"

namespace observer {

std::string pulse::look(const std::vector<part_progress>& parts,
                        int64_t steady_us) {
  auto passed_us = looked_us_ == 0
                     ? int64_t{0}
                     : std::clamp(steady_us - looked_us_, int64_t{0},
                                  us_per_second);
  looked_us_ = steady_us;
  for (auto& [name, part] : parts_)
    part.seen = false;
  std::string worst;
  int64_t longest_us = 0;
  for (auto& now : parts) {
    auto [at, is_new] = parts_.try_emplace(now.name);
    auto& part = at->second;
    part.seen = true;
    if (is_new || part.done != now.done || now.waiting == 0)
      part.still_us = 0;
    else
      part.still_us += passed_us;
    part.done = now.done;
    if (part.still_us >= patience_us && part.still_us > longest_us) {
      longest_us = part.still_us;
      worst = fmt::format("{} hangs: it has done nothing for {} s, and {} wait",
                          now.name, part.still_us / us_per_second, now.waiting);
    }
  }
  std::erase_if(parts_, [](auto& x) { return !x.second.seen; });
  return worst;
}

std::vector<part_progress> progress_of(const actor_board& board,
                                       const std::string& clocked) {
  std::vector<part_progress> out;
  for (auto& actor : board.actors())
    if (actor.state == "up")
      out.push_back({actor.name, actor.handled,
                     actor.name == clocked
                       ? std::max<uint64_t>(actor.mailbox, 1)
                       : actor.mailbox});
  return out;
}

} // namespace observer
