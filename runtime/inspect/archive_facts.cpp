#include "runtime/inspect/archive_facts.hpp"

#include <utility>

#include <fmt/format.h>

namespace observer {

namespace {

fact disk_fill_fact(const archive_view& a) {
  auto percent = a.disk ? a.disk->percent() : 0;
  if (a.level == disk_level::act && a.nothing_more)
    return {"disk_stuck",
            fmt::format("the disk is {} % full, and nothing more may be deleted",
                        percent),
            {{"percent", percent}}};
  return {"disk_filling",
          fmt::format("the disk is {} % full", percent),
          {{"percent", percent}}};
}

} // namespace

std::vector<std::pair<cause, fact>> archive_facts(const archive_view& a) {
  std::vector<std::pair<cause, fact>> out;
  if (a.level == disk_level::warn || a.level == disk_level::act)
    out.emplace_back(cause::disk_full, disk_fill_fact(a));
  if (a.has_target && a.pending_days >= backup_days_warn)
    out.emplace_back(
      cause::none,
      fact{"backup_waits",
           fmt::format("{} days wait for their backup, the oldest {}",
                       a.pending_days, a.oldest_pending_day),
           {{"days", a.pending_days}, {"day", a.oldest_pending_day}}});
  if (!a.trouble.empty())
    out.emplace_back(cause::none,
                     fact{"archive", "the archive: " + a.trouble,
                          {{"cause", figure_of(a.trouble_why)},
                           {"text", a.trouble}}});
  return out;
}

} // namespace observer
