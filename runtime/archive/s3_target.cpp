#include "runtime/archive/s3_target.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/archive/backup_names.hpp"
#include "messages/outside_json.hpp"
#include "messages/outside_text.hpp"
#include "runtime/archive/sized_input.hpp"

namespace observer {

namespace {

/// Of rclone: what was to be found is not there.
constexpr int no_folder = 3, no_file = 4;

} // namespace

result<> check_s3_place(const std::string& place) {
  auto bucket = place.substr(0, place.find('/'));
  auto good = bucket.size() >= 3 && bucket.size() <= 63
              && std::all_of(bucket.begin(), bucket.end(), [](char c) {
                   return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
                          || c == '.' || c == '-';
                 });
  if (good && is_package_path(place))
    return {};
  return problem{fmt::format("s3://{}: expected s3://BUCKET or "
                             "s3://BUCKET/PREFIX; a bucket has 3 to 63 small "
                             "letters, digits, dots and dashes, a prefix no "
                             "blanks",
                             outside_value(place))};
}

child_job s3_target::job(const std::string& verb, const std::string& name,
                         std::vector<std::string> more) const {
  std::vector<std::string> arguments{
    "rclone", verb, fmt::format("observer:{}/{}", settings_.place, name)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  auto seconds = std::max<int64_t>(settings_.patience.count() / 1'000, 1);
  arguments.insert(arguments.end(),
                   {"--config=/dev/null", "--retries=1", "--low-level-retries=3",
                    "--stats=0", "--log-level=ERROR", "--contimeout=15s",
                    fmt::format("--timeout={}s", seconds)});
  auto environment = plain_environment();
  auto set = [&](std::string_view key, const std::string& value) {
    environment.push_back(fmt::format("RCLONE_CONFIG_OBSERVER_{}={}", key, value));
  };
  environment.push_back("HOME=/nonexistent");
  set("TYPE", "s3");
  set("PROVIDER", settings_.endpoint.empty() ? "AWS" : "Other");
  set("ENV_AUTH", "false");
  set("ACCESS_KEY_ID", settings_.key_id.reveal());
  set("SECRET_ACCESS_KEY", settings_.secret_key.reveal());
  if (!settings_.region.empty())
    set("REGION", settings_.region);
  if (!settings_.endpoint.empty())
    set("ENDPOINT", settings_.endpoint);
  // A bucket is made by its owner; memory for parts of a stream is bounded.
  set("NO_CHECK_BUCKET", "true");
  set("UPLOAD_CONCURRENCY", "2");
  set("CHUNK_SIZE", "16Mi");
  return {.arguments = std::move(arguments),
          .environment = std::move(environment),
          .patience = settings_.patience,
          .go_on = [this] { return goes_on(); }};
}

/// The exit status.
result<int> s3_target::run(const child_job& job, const std::string& name) const {
  auto end = run_child(job);
  auto what = fmt::format("rclone {} {}/{}", job.arguments[1], this->name(), name);
  if (!end)
    return problem{fmt::format("{}: {}", what, end.error().text)};
  if (end->status == 0 || end->status == no_folder || end->status == no_file)
    return end->status;
  return problem{fmt::format("{}: exit status {}{}{}", what, end->status,
                             end->said.empty() ? "" : ": ", end->said)};
}

result<> s3_target::prepare() {
  if (auto ok = check_s3_place(settings_.place); !ok)
    return ok;
  if (settings_.key_id.empty() || settings_.secret_key.empty())
    return problem{"backup.s3_key_id and backup.s3_secret are not set "
                   "(OBSERVER_BACKUP_S3_KEY_ID and OBSERVER_BACKUP_S3_SECRET, or "
                   "with _FILE the files that hold them)"};
  if (found_)
    return {};
  child_job look{.arguments = {"rclone", "version", "--config=/dev/null"},
                 .environment = plain_environment(),
                 .patience = settings_.patience,
                 .go_on = [this] { return goes_on(); }};
  auto end = run_child(look);
  if (!end)
    return problem{fmt::format("{}; backups to S3 go through rclone: `apt "
                               "install rclone`",
                               end.error().text)};
  if (end->status != 0)
    return problem{fmt::format("rclone version: exit status {}: {}", end->status,
                               end->said)};
  found_ = true;
  return {};
}

result<> s3_target::put(const std::string& name, uint64_t bytes,
                        const bytes_source& from) {
  if (auto ok = check_package_path(name); !ok)
    return ok;
  // With its size a stream that ends early fails, and leaves nothing.
  auto put = job("rcat", name, {fmt::format("--size={}", bytes)});
  uint64_t given = 0;
  put.input = sized_input(from, name, bytes, given);
  auto status = run(put, name);
  if (!status)
    return status.error();
  if (*status != 0)
    return problem{fmt::format("rclone rcat {}/{}: there is no such bucket",
                               this->name(), name)};
  if (given != bytes)
    return problem{fmt::format("rclone rcat {}/{}: it took {} of {} bytes",
                               this->name(), name, given, bytes)};
  return {};
}

result<> s3_target::get(const std::string& name, const bytes_sink& to) {
  if (auto ok = check_package_path(name); !ok)
    return ok;
  auto get = job("cat", name);
  auto any = false;
  get.output = [&](std::string_view bytes) -> result<> {
    any = true;
    return to(bytes);
  };
  auto status = run(get, name);
  if (!status)
    return status.error();
  if (*status == 0 && any)
    return {};
  // Of what is not there rclone prints nothing and says that all is well.
  auto there = has(name);
  if (!there)
    return there.error();
  if (*there && *status == 0)
    return {};
  return problem{fmt::format("there is no {}/{}", this->name(), name)};
}

result<std::vector<backup_target::stored_file>>
s3_target::list(const std::string& folder) {
  if (auto ok = check_package_path(folder); !ok)
    return ok.error();
  std::string text;
  auto list = job("lsjson", folder,
                  {"--recursive", "--files-only", "--no-modtime",
                   "--no-mimetype"});
  list.output = [&](std::string_view bytes) -> result<> {
    text += bytes;
    if (text.size() > listing_bytes_max)
      return problem{"it lists more than there can be"};
    return {};
  };
  auto status = run(list, folder);
  if (!status)
    return status.error();
  std::vector<stored_file> out;
  if (*status != 0)
    return out;
  auto read = parse_outside_json(text);
  if (!read || !read->is_array())
    return problem{fmt::format("rclone lsjson {}/{}: it lists {}", name(), folder,
                               outside_value(text))};
  for (auto& entry : *read) {
    auto path = entry.is_object() ? entry.find("Path") : entry.end();
    auto size = entry.is_object() ? entry.find("Size") : entry.end();
    if (path == entry.end() || size == entry.end() || !path->is_string()
        || !size->is_number_unsigned())
      return problem{fmt::format("rclone lsjson {}/{}: it lists {}", name(),
                                 folder, outside_value(entry.dump()))};
    out.push_back({path->get<std::string>(), size->get<uint64_t>()});
  }
  std::sort(out.begin(), out.end(),
            [](auto& a, auto& b) { return a.name < b.name; });
  return out;
}

result<> s3_target::remove(const std::string& name) {
  if (auto ok = check_package_path(name); !ok)
    return ok;
  auto status = run(job("deletefile", name), name);
  if (status)
    return {};
  // That is also what it says of a file that was not there.
  auto there = has(name);
  if (there && !*there)
    return {};
  return status.error();
}

result<bool> s3_target::has(const std::string& name) {
  auto slash = name.rfind('/');
  if (slash == name.npos)
    return problem{name + " lies in no folder"};
  auto found = list(name.substr(0, slash));
  if (!found)
    return found.error();
  return std::any_of(found->begin(), found->end(), [&](auto& file) {
    return file.name == name.substr(slash + 1);
  });
}

} // namespace observer
