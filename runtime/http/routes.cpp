#include "runtime/http/routes.hpp"

#include <algorithm>
#include <charconv>
#include <random>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "messages/numbers.hpp"
#include "messages/outside_json.hpp"
#include "messages/outside_text.hpp"
#include "messages/redact.hpp"
#include "messages/slot_index.hpp"
#include "runtime/http/changes.hpp"
#include "runtime/http/fields.hpp"
#include "runtime/http/page.hpp"
#include "runtime/inspect/json.hpp"
#include "runtime/inspect/metrics.hpp"
#include "runtime/network/loopback.hpp"

namespace observer {

namespace {

constexpr size_t parameter_shown_max = 40;

http_answer error(unsigned status, std::string_view text) {
  http_answer out;
  out.status = status;
  out.body = error_json(outside_text(text));
  return out;
}

http_answer json_answer(std::string body, unsigned status = 200) {
  http_answer out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

/// What was made of texts from outside, for whoever may read it: masked where it
/// was taken, and here what was not. No character of it steers a terminal.
std::string for_outside(std::string body) {
  return json_for_terminal(
    redacted(body, std::string::npos, text_kind::own));
}

std::string event_text(std::string_view name, std::string_view data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, data);
}

/// 128 random bits in hex.
std::string random_token() {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
    std::random_device random;
    for (auto& b : bytes)
      b = static_cast<unsigned char>(random());
  }
  std::string out;
  for (auto b : bytes)
    out += fmt::format("{:02x}", b);
  return out;
}

/// Whether that is what may stand behind a host: nothing, `:` or `:PORT`.
bool is_port(std::string_view rest) {
  return rest.empty() || rest == ":"
         || (rest.front() == ':' && parse_number<uint16_t>(rest.substr(1)));
}

/// `host:port` or `[host]:port` without the port and the brackets; empty if it
/// is neither.
std::string_view without_port(std::string_view host) {
  auto bracket = host.starts_with('[');
  auto end = std::min(host.find(bracket ? ']' : ':'), host.size());
  auto begin = size_t{bracket};
  if (bracket && end == host.size())
    return {};
  return is_port(host.substr(end + begin)) ? host.substr(begin, end - begin)
                                           : std::string_view{};
}

/// The name of a Host field: in lower case, without the dot of the root.
std::string name_of(std::string_view host) {
  auto name = lower_case(without_port(host));
  if (name.ends_with('.'))
    name.pop_back();
  return name;
}

std::string_view bearer(std::string_view authorization) {
  auto blank = std::min(authorization.find(' '), authorization.size());
  return lower_case(authorization.substr(0, blank)) == "bearer"
           ? bare_value(authorization.substr(blank))
           : std::string_view{};
}

/// `application/json`, with parameters or without.
bool is_json(std::string_view media_type) {
  return lower_case(bare_value(media_type.substr(0, media_type.find(';'))))
         == "application/json";
}

/// Whether a path can be read and is no file of the page.
bool can_be_read(std::string_view path) {
  return path == "/health" || path == "/ready" || path == "/status"
         || path == "/metrics" || path == "/api/stream"
         || path == "/api/history" || path == "/api/events"
         || path == "/api/rejects" || path == "/api/files"
         || path == "/api/session"
         || path.starts_with("/api/slots/");
}

} // namespace

bool same_secret(std::string_view a, std::string_view b) {
  // Of equal length whatever was sent.
  unsigned char x[SHA256_DIGEST_LENGTH], y[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(a.data()), a.size(), x);
  SHA256(reinterpret_cast<const unsigned char*>(b.data()), b.size(), y);
  return CRYPTO_memcmp(x, y, sizeof(x)) == 0;
}

routes::routes(routes_config config, std::shared_ptr<inspector> source,
               std::span<const console_asset> files)
  : config_(std::move(config)), loopback_(is_loopback(config_.address)),
    source_(std::move(source)), files_(files),
    actions_(source_->target().actors, config_.allow_chaos,
             source_->target().memory),
    action_token_(random_token()) {}

bool routes::names_us(std::string_view host) const {
  if (!loopback_ || host.empty()) // no browser leaves it out
    return true;
  // An address, not a name that begins like one: 127.0.0.1.example.org.
  auto name = name_of(host);
  if (name.empty())
    return false;
  return name == "localhost" || is_loopback(name)
         || std::any_of(
           config_.allowed_hosts.begin(), config_.allowed_hosts.end(),
           [&](auto& allowed) { return name_of(allowed) == name; });
}

bool routes::is_allowed(std::string_view authority) const {
  return std::any_of(
    config_.allowed_hosts.begin(), config_.allowed_hosts.end(),
    [&](auto& allowed) { return lower_case(allowed) == authority; });
}

bool routes::same_origin(const http_call& call) const {
  if (call.origin.empty())
    return true; // no browser: a script says who it is with its token
  auto slashes = call.origin.find("://");
  if (slashes == call.origin.npos)
    return false;
  // A proxy may put its own name for us into Host.
  auto authority = lower_case(call.origin.substr(slashes + 3));
  return authority == lower_case(call.host) || is_allowed(authority);
}

bool routes::may_read(const http_call& call) const {
  return config_.token.empty()
         || same_secret(bearer(call.authorization), config_.token.reveal());
}

const console_asset* routes::file_of(std::string_view path) const {
  for (auto& f : files_)
    if (f.path == path)
      return &f;
  return nullptr;
}

/// What may be asked for without a token.
bool routes::is_open(const http_call& call) const {
  return call.path == "/health" || call.path == "/ready"
         || file_of(call.path) != nullptr
         || (call.path == "*" && call.method == "OPTIONS");
}

/// The methods of a path; empty if there is nothing.
std::string_view routes::methods_of(const http_call& call) const {
  if (call.path == "/api/actions")
    return "POST, OPTIONS";
  if (call.path == "*" && call.method == "OPTIONS")
    return "GET, HEAD, POST, OPTIONS";
  if (can_be_read(call.path) || file_of(call.path) != nullptr)
    return "GET, HEAD, OPTIONS";
  return {};
}

http_answer routes::answer(const http_call& call) {
  if (auto f = call.method == "GET" && names_us(call.host)
                 ? file_of(call.path)
                 : nullptr)
    return file(*f, call);
  auto out = judged(call);
  out.body = for_outside(std::move(out.body));
  return out;
}

/// Whoever may read the status without a token has it with the page.
http_answer routes::file(const console_asset& f, const http_call& call) {
  if (f.path != "/" || !config_.token.empty())
    return static_file(f, call);
  auto page = page_with_status(f.body, for_outside(status_text()));
  if (!page)
    return static_file(f, call);
  http_answer out;
  out.content_type = f.content_type;
  out.body = std::move(*page);
  return out;
}

http_answer routes::judged(const http_call& call) {
  if (!names_us(call.host))
    return error(403, "this service is for this machine: use 127.0.0.1 or "
                      "localhost in the address; the name of a proxy before it "
                      "belongs into service.allowed_hosts "
                      "(OBSERVER_ALLOWED_HOSTS)");
  if (!is_open(call) && !may_read(call)) {
    auto out = error(401, "a bearer token is required: "
                          "Authorization: Bearer TOKEN, with the token of "
                          "service.token (OBSERVER_SERVICE_TOKEN)");
    out.headers = {{"WWW-Authenticate", "Bearer"}};
    return out;
  }
  auto methods = methods_of(call);
  if (methods.empty())
    return error(404, "there is nothing at this path");
  if (call.method == "OPTIONS") {
    http_answer out;
    out.status = 204;
    out.headers = {{"Allow", std::string{methods}}};
    return out;
  }
  auto to_act = call.path == "/api/actions";
  if (call.method != (to_act ? "POST" : "GET")) {
    auto out = error(405, to_act ? "actions are POST only"
                                 : "this can only be read: GET");
    out.headers = {{"Allow", std::string{methods}}};
    return out;
  }
  return to_act ? act(call) : read(call);
}

http_answer routes::read(const http_call& call) {
  auto& path = call.path;
  if (path == "/health") {
    http_answer out;
    out.content_type = "text/plain; charset=utf-8";
    out.body = "alive\n";
    return out;
  }
  if (path == "/ready")
    return ready();
  if (path == "/status")
    return json_answer(status_text());
  if (path == "/metrics")
    return metrics();
  if (path == "/api/stream") {
    http_answer out;
    out.streams = true;
    out.changes = call.parameter("changes") == "1";
    return out;
  }
  if (path == "/api/history")
    return history(call);
  if (path == "/api/rejects")
    return rejects(call);
  if (path == "/api/session")
    return session();
  if (path == "/api/files") {
    source_->look(); // what is looked at is surveyed
    return json_answer(files_json(source_->files()));
  }
  if (path == "/api/events") {
    size_t limit = recent_events::events_max;
    auto asked = call.parameter("limit");
    std::from_chars(asked.data(), asked.data() + asked.size(), limit);
    return json_answer(events_json(
      source_->events(std::min(limit, recent_events::events_max))));
  }
  return slot(call);
}

std::string routes::status_text() {
  auto o = source_->look();
  return status_json(o, judge(o));
}

http_answer routes::history(const http_call& call) {
  auto asked = call.parameter("range");
  auto range = parse_history_range(asked.empty() ? "10m" : asked);
  if (!range)
    return error(400, fmt::format("there is no range {}: 10m, 1h or day",
                                  asked.substr(0, parameter_shown_max)));
  return json_answer(history_json(source_->history_of(*range)));
}

http_answer routes::rejects(const http_call& call) {
  auto asked = call.parameter("limit");
  auto limit = parse_number<size_t>(asked.empty() ? "20" : asked);
  if (!limit)
    return error(400, fmt::format("limit={} is no count of records; say "
                                  "limit=20",
                                  asked.substr(0, parameter_shown_max)));
  return json_answer(rejects_json(source_->rejects(*limit)));
}

http_answer routes::ready() {
  auto v = judge(source_->look());
  return json_answer(ready_json(v), v.ready() ? 200 : 503);
}

http_answer routes::metrics() {
  auto o = source_->look();
  auto& target = source_->target();
  http_answer out;
  out.content_type = metrics_content_type;
  out.body = metrics_text(o, judge(o), target.memory->counters->ack_latency,
                          *target.syncs);
  return out;
}

http_answer routes::slot(const http_call& call) {
  auto text = call.path.substr(std::string_view{"/api/slots/"}.size());
  auto slot = slot_index::of(parse_number<int64_t>(text).value_or(-1));
  auto o = source_->look();
  if (!slot || o.sessions.empty()
      || *slot >= o.sessions.front().slots.size())
    return error(404, "there is no such slot");
  return json_answer(slot_json(static_cast<int>(*slot),
                               o.sessions.front().slots[*slot],
                               source_->ticks_of(*slot),
                               source_->events(recent_events::events_max)));
}

http_answer routes::session() {
  nlohmann::ordered_json out{
    {"token", config_.token.empty() ? nlohmann::ordered_json(action_token_)
                                    : nlohmann::ordered_json(nullptr)},
    {"chaos", actions_.chaos()},
    {"version", OBSERVER_VERSION},
    {"actions", actions_.names()}};
  return json_answer(out.dump());
}

http_answer routes::act(const http_call& call) {
  // A browser says it even where it leaves the origin out.
  if (!same_origin(call) || call.fetch_site == "cross-site")
    return error(403, "actions come from this service's own page only; the "
                      "name of a proxy before it belongs into "
                      "service.allowed_hosts (OBSERVER_ALLOWED_HOSTS)");
  // With a service token the bearer has been asked for already.
  if (config_.token.empty() && !same_secret(call.token, action_token_))
    return error(403, "the header X-Observer-Token must be the token of "
                      "GET /api/session");
  if (!is_json(call.content_type))
    return error(415, "send Content-Type: application/json");
  auto parsed = parse_outside_json(call.body);
  if (!parsed || !parsed->is_object())
    return error(400, "the body must be one JSON object");
  auto& body = *parsed;
  auto text = [&](const char* key) {
    auto at = body.find(key);
    if (at == body.end())
      return std::string{};
    return at->is_string() ? at->get<std::string>()
           : at->is_number_integer()
             ? std::to_string(at->get<int64_t>())
             : std::string{};
  };
  auto confirm = body.find("confirm");
  if (confirm == body.end() || *confirm != true)
    return error(400, "an action must be confirmed: \"confirm\": true");
  auto done = actions_.perform({text("action"), text("target"), text("value"),
                                text("who"), std::string{call.peer}});
  if (!done)
    return error(400, done.error().text);
  return json_answer(
    nlohmann::json{{"accepted", true}, {"text", *done}}.dump(), 202);
}

http_event routes::next_event() {
  auto text = for_outside(status_text());
  auto now = nlohmann::json::parse(text, nullptr, false);
  http_event out{event_text("status", text)};
  if (!told_ || now.is_discarded())
    out.changes = out.whole;
  else if (auto c = changes_between(*told_, now); !c.empty())
    out.changes = event_text("changes", for_outside(c.dump()));
  told_.reset();
  if (!now.is_discarded())
    told_ = std::make_shared<const nlohmann::json>(std::move(now));
  return out;
}

} // namespace observer
