#include "actors/supervision/supervisor_config.hpp"

#include <set>

#include <fmt/format.h>

namespace observer {

std::optional<std::string> child_spec::validate() const {
  if (name.empty())
    return "a child has no name";
  if (!start)
    return fmt::format("child \"{}\" has no start function", name);
  if (stop_deadline.count() <= 0)
    return fmt::format("child \"{}\" has a stop deadline of {} ms: it must be "
                       "at least 1 ms",
                       name, stop_deadline.count());
  return std::nullopt;
}

std::optional<std::string> supervisor_config::validate() const {
  if (name.empty())
    return "a supervisor has no name";
  if (period.count() <= 0)
    return fmt::format("the period of restarts is {} ms: it must be at least "
                       "1 ms",
                       period.count());
  if (kill_overdue.count() <= 0)
    return fmt::format("kill_overdue is {} ms: it must be at least 1 ms",
                       kill_overdue.count());
  if (history_max == 0)
    return "the restart history has no room: history_max must be at least 1";
  if (!wall_us)
    return "a supervisor has no wall clock";
  return backoff.validate();
}

std::optional<std::string> validate(const supervisor_config& config,
                                    const std::vector<child_spec>& children) {
  if (auto problem = config.validate())
    return problem;
  std::set<std::string> names;
  for (auto& spec : children) {
    if (auto problem = spec.validate())
      return problem;
    if (!names.insert(spec.name).second)
      return fmt::format("two children are named \"{}\"", spec.name);
  }
  return std::nullopt;
}

} // namespace observer
