#include "runtime/settings/load.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "messages/redact.hpp"
#include "runtime/network/loopback.hpp"
#include "runtime/process/pasted_text.hpp"
#include "runtime/process/small_file.hpp"
#include "runtime/settings/entry.hpp"
#include "runtime/settings/file.hpp"
#include "runtime/settings/nearest.hpp"
#include "runtime/settings/pasted.hpp"
#include "runtime/settings/table.hpp"
#include "runtime/settings/value.hpp"

namespace observer {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view own_prefix = "OBSERVER_";
constexpr std::string_view file_name_variable = "OBSERVER_CONFIG";
/// The earlier deployment's name for a folder of backups.
constexpr std::string_view backup_folder_variable = "OBSERVER_BACKUP_DIR";
/// Of a file that holds one; more is another file.
constexpr size_t secret_file_bytes_max = 64 << 10;
/// What a machine elsewhere cannot guess by trying.
constexpr size_t token_bytes_min = 16;

/// Null when not set or empty.
const std::string* variable(const config_sources& sources,
                            std::string_view name) {
  auto i = sources.environment.find(std::string{name});
  return i == sources.environment.end() || i->second.empty() ? nullptr
                                                             : &i->second;
}

/// A setting that nothing uses yet keeps nobody from recording.
result<> wrong(config& c, const setting& s, problem bad) {
  if (!s.is_reserved())
    return bad;
  c.warnings.push_back(bad.text + "; it is reserved, and nothing uses it yet");
  return {};
}

/// `displayed` is what a problem may show of the text.
result<> set(config& c, const setting& s, std::string_view text,
             std::string_view displayed, const std::string& source) {
  auto given = pasted(s, text);
  if (s.is_secret())
    keep_secret(secret{std::string{text}}); // with what is around it, too
  if (auto ok = assign(s, c, given.text); !ok)
    return wrong(c, s,
                 problem{fmt::format("{} = {} ({}): {}", s.key, displayed,
                                     source, ok.error().text)});
  if (!given.taken_off.empty())
    c.warnings.push_back(fmt::format("{} ({}): taken without the {} around it",
                                     s.key, source, given.taken_off));
  c.sources.insert_or_assign(std::string{s.key}, source);
  return {};
}

/// A URL may hold a password, which is a reason to refuse it, not to show it.
std::string displayed(const setting& s, std::string_view text) {
  auto hide = s.is_secret()
              || (std::holds_alternative<web_address>(s.check)
                  && text.find('@') != std::string_view::npos);
  return hide ? "****" : shown(text);
}

// --- Defaults ---

void set_defaults(config& c) {
  for (auto& s : settings())
    set(c, s, s.default_text, s.default_text, "default").value();
}

void set_paper_defaults(config& c) {
  for (auto& s : settings()) {
    auto& source = c.sources.find(s.key)->second;
    if (source != "default" || s.paper_default.empty())
      continue;
    if (c.kis.is_virtual)
      assign(s, c, s.paper_default).value();
    source = c.kis.is_virtual ? "default (paper account)"
                              : "default (real account)";
  }
}

// --- File ---

result<std::optional<fs::path>> chosen_file(const config_sources& sources) {
  std::error_code error;
  if (sources.file) {
    if (!fs::exists(*sources.file, error))
      return problem{fmt::format("--config: there is no file {}",
                                 shown(sources.file->string()))};
    return std::optional{*sources.file};
  }
  if (auto name = variable(sources, file_name_variable)) {
    if (!fs::exists(*name, error))
      return problem{fmt::format("environment {}: there is no file {}",
                                 file_name_variable, shown(*name))};
    return std::optional{fs::path{*name}};
  }
  for (auto& path : sources.default_files)
    if (fs::exists(path, error))
      return std::optional{path};
  return std::optional<fs::path>{};
}

void warn_of_readable_secret(config& c, const fs::path& path,
                             const setting& s) {
  std::error_code error;
  auto mode = fs::status(path, error).permissions();
  auto others = fs::perms::group_read | fs::perms::others_read;
  if (error || (mode & others) == fs::perms::none)
    return;
  c.warnings.push_back(fmt::format(
    "{} holds {} and others may read it (mode {:04o}): chmod 600 {}",
    path.string(), s.key, static_cast<unsigned>(mode) & 07777,
    path.string()));
}

/// `text` or `json` if the text means one of them; else empty.
std::string_view format_word(std::string_view text) {
  auto& s = *find_setting("log.format");
  config c;
  if (!assign(s, c, pasted(s, text).text))
    return {};
  return c.log.format == "json" ? "json" : "text";
}

result<> apply_file(config& c, const config_sources& sources,
                    std::string& log_format) {
  auto path = chosen_file(sources);
  if (!path)
    return path.error();
  if (!*path)
    return {};
  c.file = (*path)->string();
  auto values = read_config_file(**path, log_format);
  if (!values)
    return values.error();
  auto warned = false;
  for (auto& x : *values) {
    if (!x.wrong.empty()) {
      if (auto ok = wrong(c, *x.what, problem{x.wrong}); !ok)
        return ok;
      continue;
    }
    auto hide = displayed(*x.what, x.text) == "****";
    auto ok = set(c, *x.what, x.text, hide ? "****" : x.shown,
                  file_source(**path, x.line));
    if (!ok)
      return ok.error();
    if (x.what->is_secret() && !x.text.empty() && !warned) {
      warn_of_readable_secret(c, **path, *x.what);
      warned = true;
    }
  }
  return {};
}

// --- Environment ---

/// What follows a service's name in the variables that Kubernetes, and once
/// Docker's links, put into every container beside it.
bool is_link_tail(std::string_view tail) {
  auto cut = [&tail](std::string_view word) {
    auto found = tail.starts_with(word);
    tail.remove_prefix(found ? word.size() : 0);
    return found;
  };
  if (tail == "_SERVICE_HOST" || tail == "_NAME" || tail.starts_with("_ENV_"))
    return true;
  if (cut("_SERVICE_PORT"))
    return tail.empty() || tail.front() == '_';
  if (!cut("_PORT"))
    return false;
  if (tail.empty())
    return true;
  if (!cut("_"))
    return false;
  auto digits = std::min(tail.find_first_not_of("0123456789"), tail.size());
  tail.remove_prefix(digits);
  return digits > 0 && (cut("_TCP") || cut("_UDP") || cut("_SCTP"))
         && (tail.empty() || tail == "_PORT" || tail == "_ADDR"
             || tail == "_PROTO");
}

/// A service has its address in a variable of its own, such as
/// DB_PORT=tcp://10.0.0.1:5432, which nobody writes by mistake for a setting.
bool is_service_address(const config_sources& sources, std::string_view name) {
  auto text = variable(sources, name);
  return text && name.ends_with("_PORT")
         && text->find("://") != std::string::npos;
}

/// `_PORT_8000_TCP` and what stands behind it: no setting's name, ever.
bool is_port_tail(std::string_view tail) {
  return tail.starts_with("_PORT_") && is_link_tail(tail);
}

/// Whether the environment tells of a service whose variables begin so: its
/// address, or its host and port.
bool is_service(const config_sources& sources, const std::string& name) {
  return is_service_address(sources, name + "_PORT")
         || (variable(sources, name + "_SERVICE_HOST")
             && variable(sources, name + "_SERVICE_PORT"));
}

/// Is it of a service called "observer", "observer-db" or, for DB_NAME, "db"?
bool is_service_link(const config_sources& sources, std::string_view name) {
  for (auto end = name.find('_'); end != std::string_view::npos;
       end = name.find('_', end + 1)) {
    auto tail = name.substr(end);
    if (is_port_tail(tail)
        || (is_link_tail(tail)
            && is_service(sources, std::string{name.substr(0, end)})))
      return true;
  }
  return false;
}

/// DB_NAME=/web/db, beside the address of a Docker link called "db".
bool is_link_name(const config_sources& sources, std::string_view name) {
  auto text = variable(sources, name);
  return text && name.ends_with("_NAME") && text->starts_with('/')
         && is_service_link(sources, name);
}

void warn_of_links(config& c, const std::vector<std::string>& links) {
  if (links.empty())
    return;
  c.warnings.push_back(fmt::format(
    "environment: {}{} of a service beside this container (Kubernetes, "
    "Docker) and set nothing here; `enableServiceLinks: false` keeps them out",
    links.front(),
    links.size() == 1 ? " is"
                      : fmt::format(" and {} more are", links.size() - 1)));
}

/// OBSERVER_FEED_SYMBOLS for feed.symbols, whatever its variable is called.
std::string regular_name(const setting& s) {
  std::string out{own_prefix};
  for (auto c : s.key)
    out += c == '.'              ? '_'
           : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A')
                                  : c;
  return out;
}

/// Names that belong to services go to `links`.
result<> check_own_variables(const config_sources& sources,
                             std::vector<std::string>& links) {
  std::vector<std::string> known{std::string{file_name_variable},
                                 std::string{backup_folder_variable}};
  for (auto& s : settings()) {
    known.emplace_back(s.environment);
    if (s.is_secret())
      known.push_back(file_environment(s));
  }
  for (auto& [name, value] : sources.environment) {
    if (!name.starts_with(own_prefix)
        || std::ranges::find(known, name) != known.end())
      continue;
    if (is_service_link(sources, name)) {
      links.push_back(one_line(name));
      continue;
    }
    auto s = std::ranges::find(settings(), name, regular_name);
    auto near = s != settings().end()
                  ? fmt::format("; did you mean {}?", s->environment)
                  : suggestion(name, known);
    return problem{fmt::format("environment {}: no setting has this name{}",
                               one_line(name),
                               near.empty() ? "; unset it, or see `observer "
                                              "config --example`"
                                            : near)};
  }
  return {};
}

result<> apply_secret_file(config& c, const setting& s,
                           const std::string& path) {
  auto content =
    read_small_file(path, secret_file_bytes_max);
  auto source = "environment " + file_environment(s);
  if (!content)
    return wrong(c, s, problem{fmt::format("cannot read the file of {} {}: {}",
                                           file_environment(s), shown(path),
                                           content.error().text)});
  auto bad = [&](std::string_view why) {
    return wrong(c, s, problem{fmt::format("{} ({}): the file {} {}", s.key,
                                           source, shown(path), why)});
  };
  auto text = without_blanks(*content);
  auto wide = content->starts_with("\xff\xfe") || content->starts_with("\xfe\xff");
  auto ok = text.empty() ? bad("is empty")
            : wide ? bad("is UTF-16, as some Windows programs write; save it as "
                         "UTF-8")
            : text.find('\n') != text.npos
              ? bad("holds more than one line; only the value belongs "
                    "there")
              : set(c, s, text, "****", source);
  wipe(*content);
  return ok;
}

result<> apply_backup_folder(config& c, const config_sources& sources) {
  auto& s = *find_setting("backup.target");
  auto folder = variable(sources, backup_folder_variable);
  if (!folder)
    return {};
  if (auto target = variable(sources, s.environment); target && *target != *folder)
    return problem{fmt::format("{}: both {} and {} are set: unset one", s.key,
                               s.environment, backup_folder_variable)};
  return set(c, s, *folder, displayed(s, *folder),
             fmt::format("environment {}", backup_folder_variable));
}

result<> apply_environment(config& c, const config_sources& sources) {
  std::vector<std::string> links;
  if (auto ok = check_own_variables(sources, links); !ok)
    return ok;
  for (auto& s : settings()) {
    // Of a service called "db" or "service".
    if (is_service_address(sources, s.environment)
        || is_link_name(sources, s.environment)) {
      links.emplace_back(s.environment);
      continue;
    }
    auto text = variable(sources, s.environment);
    auto path = s.is_secret() ? variable(sources, file_environment(s))
                              : nullptr;
    auto both = fmt::format("{}: both {} and {} are set: unset one", s.key,
                            s.environment, file_environment(s));
    auto ok = text && path ? wrong(c, s, problem{both})
              : text ? set(c, s, *text, displayed(s, *text),
                         fmt::format("environment {}", s.environment))
              : path ? apply_secret_file(c, s, *path)
                     : result<>{};
    if (!ok)
      return ok;
  }
  warn_of_links(c, links);
  return apply_backup_folder(c, sources);
}

// --- Flags ---

result<> apply_flag(config& c, const std::string& key,
                    const std::string& text) {
  auto s = find_setting(key);
  if (!s || s->flag.empty())
    return problem{fmt::format("{}: no flag sets it", one_line(key))};
  return set(c, *s, text, displayed(*s, text), fmt::format("flag {}", s->flag));
}

result<> apply_flags(config& c, const config_sources& sources) {
  for (auto& key : sources.flag_order)
    if (auto i = sources.flags.find(key); i != sources.flags.end())
      if (auto ok = apply_flag(c, key, i->second); !ok)
        return ok;
  for (auto& [key, text] : sources.flags)
    if (std::ranges::find(sources.flag_order, key) == sources.flag_order.end())
      if (auto ok = apply_flag(c, key, text); !ok)
        return ok;
  return {};
}

// --- Settings that depend on each other ---

/// What goes sooner is never to stay longer.
result<> check_retention(config& c) {
  struct bound {
    std::string less, more;
    int64_t a, b;
    bool below;
  };
  auto& r = c.retention;
  const bound bounds[] = {
    {"retention.raw_days", "retention.anomaly_days", r.raw_days, r.anomaly_days,
     false},
    {"retention.anomaly_days", "retention.max_days", r.anomaly_days, r.max_days,
     false},
    {"retention.disk_warn_percent", "retention.disk_act_percent",
     r.disk_warn_percent, r.disk_act_percent, true}};
  for (auto& x : bounds)
    if (x.a > x.b || (x.below && x.a == x.b))
      return problem{fmt::format("{} = {} ({}): expected {} {}, which is {} ({})",
                                 x.less, x.a, c.sources[x.less],
                                 x.below ? "less than" : "at most", x.more, x.b,
                                 c.sources[x.more])};
  if (r.without_backup)
    c.warnings.push_back(fmt::format(
      "retention.without_backup ({}): after {} days ticks are deleted that "
      "nobody has a copy of",
      c.sources["retention.without_backup"], r.raw_days));
  return {};
}

result<> check_together(config& c) {
  if (c.feed.reconnect_first_ms > c.feed.reconnect_max_ms)
    return problem{fmt::format(
      "feed.reconnect_first_ms = {} ({}): expected at most "
      "feed.reconnect_max_ms, which is {} ({})",
      c.feed.reconnect_first_ms, c.sources["feed.reconnect_first_ms"],
      c.feed.reconnect_max_ms, c.sources["feed.reconnect_max_ms"])};
  if (c.service.port != 0 && !is_ip_address(c.service.address))
    return problem{fmt::format("service.address = {} ({}): expected an IP "
                               "address, like 127.0.0.1 or 0.0.0.0",
                               c.service.address,
                               c.sources["service.address"])};
  if (c.service.port != 0 && c.service.token.empty()
      && !is_loopback(c.service.address))
    return problem{fmt::format(
      "service.address = {} ({}): other machines reach it, so service.token "
      "must be set (OBSERVER_SERVICE_TOKEN, or OBSERVER_SERVICE_TOKEN_FILE "
      "for a file that holds it)",
      c.service.address, c.sources["service.address"])};
  auto passed_on = !c.service.allowed_hosts.empty();
  auto open_to_all = c.service.token.empty();
  if (c.service.port != 0 && (!is_loopback(c.service.address) || passed_on)
      && !open_to_all && c.service.token.reveal().size() < token_bytes_min) {
    auto reached = std::string{passed_on ? "service.allowed_hosts"
                                         : "service.address"};
    return problem{fmt::format(
      "service.token = **** ({}): it has fewer than {} characters, and other "
      "machines reach {} ({}): make a longer one, for example with `openssl rand "
      "-hex 16`, or serve this machine alone",
      c.sources["service.token"], token_bytes_min,
      passed_on ? reached : reached + " = " + c.service.address,
      c.sources[reached])};
  }
  if (c.service.port != 0 && passed_on && open_to_all)
    c.warnings.push_back(fmt::format(
      "service.allowed_hosts ({}): without service.token whoever reaches that "
      "proxy may give orders, unless it asks who they are",
      c.sources["service.allowed_hosts"]));
  if (auto ok = check_retention(c); !ok)
    return ok.error();
  // As 21:00, and no 24:00.
  auto& at = c.backup.at;
  if (auto h = parse_hours(at + "-24:00"); at.size() != 5 || !h
      || h->begin_minute >= 24 * 60)
    return problem{fmt::format("backup.at = {} ({}): expected a time of day, like "
                               "21:00",
                               shown(at), c.sources["backup.at"])};
  if (auto& url = c.backup.s3_endpoint;
      !url.empty() && !is_address(url, web_address{"http", "https"}))
    return problem{fmt::format("backup.s3_endpoint = {} ({}): expected a URL, "
                               "like https://s3.example.org:9000",
                               url.find('@') == url.npos ? shown(url) : "****",
                               c.sources["backup.s3_endpoint"])};
  std::error_code error;
  // A pipe there would hold the start up.
  if (auto& path = c.kis.ca_file;
      !path.empty() && fs::exists(path, error)
      && !fs::is_regular_file(path, error))
    return problem{fmt::format("kis.ca_file = {} ({}): expected a file: this is "
                               "a directory, a pipe or a device",
                               shown(path), c.sources["kis.ca_file"])};
  for (auto& x : c.feed.symbols)
    if (c.kis.is_virtual && x.tr_id != "H0STCNT0" && x.tr_id != "H0STASP0")
      c.warnings.push_back(fmt::format(
        "feed.symbols: a paper account carries only H0STCNT0 and H0STASP0; "
        "KIS will refuse {}",
        to_text(x)));
  return {};
}

} // namespace

std::string_view wanted_format(const config_sources& sources,
                               std::string_view in_file) {
  auto flag = sources.flags.find("log.format");
  auto text = flag != sources.flags.end() ? &flag->second
                                          : variable(sources, "LOG_FORMAT");
  auto word = format_word(text ? std::string_view{*text} : in_file);
  return word.empty() ? "text" : word;
}

config_sources process_sources(const flag_values& flags) {
  config_sources out;
  out.flags = flags.values;
  out.flag_order = flags.order;
  if (flags.config_file)
    out.file = *flags.config_file;
  for (auto entry = environ; entry && *entry; ++entry) {
    std::string_view text{*entry};
    auto equals = text.find('=');
    if (equals != std::string_view::npos)
      out.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  out.default_files = {"observer.toml", "/etc/observer/observer.toml"};
  return out;
}

result<> check_flags(const flag_values& flags) {
  config c;
  set_defaults(c);
  config_sources sources;
  sources.flags = flags.values;
  sources.flag_order = flags.order;
  return apply_flags(c, sources);
}

void keep_environment_secrets() {
  for (auto& s : settings()) {
    auto text = s.is_secret() ? std::getenv(std::string{s.environment}.c_str())
                              : nullptr;
    if (text == nullptr)
      continue;
    keep_secret(secret{text});
    keep_secret(secret{std::string{pasted(s, text).text}});
  }
}

result<config> load_config(const config_sources& sources,
                           std::string* log_format) {
  config c;
  set_defaults(c);
  // From the weakest to the strongest; what is overridden is checked too.
  auto format_of_file = c.log.format;
  auto ok = apply_file(c, sources, format_of_file);
  if (log_format)
    *log_format = wanted_format(sources, format_of_file);
  for (auto apply : {apply_environment, apply_flags})
    if (ok)
      ok = apply(c, sources);
  if (!ok)
    return ok.error();
  set_paper_defaults(c);
  ok = check_together(c);
  if (!ok)
    return ok.error();
  return c;
}

result<> check_credentials(const config& c) {
  auto missing = [](const char* what, const char* variable, const char* key) {
    return problem{fmt::format(
      "no {}: set {} (environment) or {} in observer.toml, or let {}_FILE "
      "name a file that holds it; KIS issues app keys at "
      "https://apiportal.koreainvestment.com",
      what, variable, key, variable)};
  };
  if (c.kis.app_key.empty())
    return missing("app key", "KIS_APP_KEY", "kis.app_key");
  if (c.kis.app_secret.empty())
    return missing("app secret", "KIS_APP_SECRET", "kis.app_secret");
  return {};
}

result<> check_recordable(const config& c) {
  if (auto ok = check_credentials(c); !ok)
    return ok;
  if (!c.track_b.enabled)
    return problem{"nothing to record: track_b.enabled is false "
                   "(TRACK_B_ENABLED), and the real-time feed is all that "
                   "there is"};
  if (c.feed.symbols.empty())
    return problem{"nothing to record: no symbols; name up to 41 with "
                   "OBSERVER_SYMBOLS=005930,000660 or feed.symbols in "
                   "observer.toml"};
  return {};
}

} // namespace observer
