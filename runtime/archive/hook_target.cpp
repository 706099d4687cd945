#include "runtime/archive/hook_target.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "actors/archive/backup_names.hpp"
#include "messages/outside_text.hpp"
#include "runtime/archive/sized_input.hpp"

extern char** environ;

namespace observer {

namespace {


std::vector<std::string> environment() {
  auto out = plain_environment();
  out.push_back("OBSERVER_BACKUP_PROTOCOL=1");
  for (auto at = environ; at && *at; ++at)
    if (std::string_view text{*at};
        text.starts_with("BACKUP_HOOK_") || text.starts_with("HOME="))
      out.emplace_back(text);
  return out;
}

} // namespace

child_job hook_target::job(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), program_);
  return {.arguments = std::move(arguments),
          .environment = environment(),
          .patience = patience_,
          .go_on = [this] { return goes_on(); }};
}

result<> hook_target::run(const child_job& job) const {
  auto what = fmt::format("{} {}", program_, job.arguments[1]);
  if (job.arguments.size() > 2)
    what += " " + job.arguments[2];
  auto end = run_child(job);
  if (!end)
    return problem{fmt::format("{}: {}", what, end.error().text)};
  if (end->status == 0)
    return {};
  auto there_is_none = job.arguments[1] == "get" && end->status == 3;
  return problem{fmt::format(
    "{}: {}{}{}", what,
    there_is_none ? "there is no such file"
                  : fmt::format("exit status {}", end->status),
    end->said.empty() ? "" : "; it said: ", end->said)};
}

result<> hook_target::prepare() {
  if (::access(program_.c_str(), X_OK) == 0)
    return {};
  return problem{fmt::format("{} cannot be started: {}; backup.target names a "
                             "program by its whole path",
                             program_, std::strerror(errno))};
}

result<> hook_target::put(const std::string& name, uint64_t bytes,
                          const bytes_source& from) {
  if (auto ok = check_package_path(name); !ok)
    return ok;
  auto put = job({"put", name, std::to_string(bytes)});
  uint64_t given = 0;
  put.input = sized_input(from, name, bytes, given);
  auto done = run(put);
  if (done && given != bytes)
    return problem{fmt::format("{} put {}: it took {} of {} bytes and said that "
                               "all is well",
                               program_, name, given, bytes)};
  return done;
}

result<> hook_target::get(const std::string& name, const bytes_sink& to) {
  if (auto ok = check_package_path(name); !ok)
    return ok;
  auto get = job({"get", name});
  get.output = to;
  return run(get);
}

result<std::vector<backup_target::stored_file>>
hook_target::list(const std::string& folder) {
  if (auto ok = check_package_path(folder); !ok)
    return ok.error();
  std::string text;
  auto list = job({"list", folder});
  list.output = [&](std::string_view bytes) -> result<> {
    text += bytes;
    if (text.size() > listing_bytes_max)
      return problem{"it lists more than there can be"};
    return {};
  };
  if (auto ok = run(list); !ok)
    return ok.error();
  std::vector<stored_file> out;
  std::string_view rest = text;
  while (!rest.empty()) {
    auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty())
      continue;
    auto blank = std::min(line.find(' '), line.size());
    uint64_t bytes = 0;
    auto digits = line.substr(0, blank);
    auto read = std::from_chars(digits.data(), digits.data() + digits.size(),
                                bytes);
    if (digits.empty() || read.ec != std::errc{}
        || read.ptr != digits.data() + digits.size() || blank + 1 >= line.size())
      return problem{fmt::format("{} list {}: {} is not a line `BYTES NAME`",
                                 program_, folder, outside_value(line))};
    out.push_back({std::string{line.substr(blank + 1)}, bytes});
  }
  std::sort(out.begin(), out.end(),
            [](auto& a, auto& b) { return a.name < b.name; });
  return out;
}

result<> hook_target::remove(const std::string& name) {
  if (auto ok = check_package_path(name); !ok)
    return ok;
  return run(job({"remove", name}));
}

} // namespace observer
