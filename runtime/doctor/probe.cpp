#include "runtime/doctor/probe.hpp"

#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/outside_json.hpp"
#include "messages/outside_text.hpp"
#include "runtime/network/daemon_client.hpp"

namespace observer {

namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* key) {
  auto at = object.find(key);
  return at != object.end() && at->is_string()
           ? outside_value(at->get_ref<const std::string&>())
           : std::string{};
}

probe_outcome stranger(const url& base, const std::string& what) {
  return {probe_verdict::no_contact,
          fmt::format("what answers at {} is no observer: {}; is it the right "
                      "port? (SERVICE_PORT)",
                      base.authority(), what)};
}

std::string begins_with(const std::string& body) {
  return body.empty() ? "nothing in it" : "\"" + outside_text(body, 60) + "\"";
}

probe_outcome read_alive(const url& base, const daemon_reply& reply) {
  if (reply.status == 200 && reply.body == "alive\n")
    return {probe_verdict::well, "alive"};
  return stranger(base, fmt::format("HTTP {} with {}", reply.status,
                                    begins_with(reply.body)));
}

probe_outcome read_ready(const url& base, const daemon_reply& reply) {
  auto body = parse_outside_json(reply.body);
  auto odd = [&] {
    return stranger(base, fmt::format("HTTP {} with {}", reply.status,
                                      begins_with(reply.body)));
  };
  if (!body || !body->is_object())
    return odd();
  // Ours, and it does not let this question pass.
  if (auto refused = text_at(*body, "error"); !refused.empty())
    return {probe_verdict::no_contact,
            fmt::format("{} refuses to answer: HTTP {}: {}", base.authority(),
                        reply.status, refused)};
  auto ready = body->find("ready");
  auto state = text_at(*body, "state");
  if (ready == body->end() || !ready->is_boolean() || state.empty()
      || reply.status != (ready->get<bool>() ? 200 : 503))
    return odd();
  auto text = text_at(*body, "text");
  auto is_ready = ready->get<bool>();
  return {is_ready ? probe_verdict::well : probe_verdict::unwell,
          fmt::format("{}: {}", is_ready ? "ready" : "not ready",
                      text.empty() ? state : text)};
}

/// Those that stand for all of a machine's.
std::string reachable(const std::string& address) {
  in6_addr six{};
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1)
    return four.s_addr == 0 ? "127.0.0.1" : address;
  if (::inet_pton(AF_INET6, address.c_str(), &six) != 1)
    return address;
  if (IN6_IS_ADDR_UNSPECIFIED(&six))
    return "::1";
  auto of_four = IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 0
                 && six.s6_addr[13] == 0 && six.s6_addr[14] == 0
                 && six.s6_addr[15] == 0;
  return of_four ? "127.0.0.1" : address;
}

/// What decides where it serves, and nothing else.
config_sources narrowed(const config_sources& all) {
  config_sources out;
  out.file = all.file;
  out.default_files = all.default_files;
  for (auto name : {"OBSERVER_CONFIG", "SERVICE_PORT",
                    "OBSERVER_SERVICE_ADDRESS"})
    if (auto i = all.environment.find(name); i != all.environment.end())
      out.environment.insert(*i);
  // An address that others reach wants one; the paths of probes do not.
  out.environment["OBSERVER_SERVICE_TOKEN"] = "no-probe-is-asked-for-one";
  return out;
}

} // namespace

probe_outcome probe(const url& base, probe_question question,
                    std::chrono::milliseconds deadline) {
  auto alive = question == probe_question::alive;
  daemon_client client{base, secret{}, deadline};
  auto reply = client.get(alive ? "/health" : "/ready");
  if (!reply)
    return {probe_verdict::no_contact,
            fmt::format("no contact with {}: {}", base.authority(),
                        outside_value(reply.error().text))};
  return alive ? read_alive(base, *reply) : read_ready(base, *reply);
}

result<url> service_at(const std::string& text) {
  return parse_daemon_url(text);
}

result<url> service_of(const service_settings& service) {
  if (service.port == 0)
    return problem{"there is no service to ask: service.port (SERVICE_PORT) is "
                   "0; the observer's log tells what it does"};
  url out;
  out.scheme = "http";
  out.host = reachable(service.address);
  out.port = std::to_string(service.port);
  out.target = "/";
  return out;
}

result<probed_service> probed_service_of(const config_sources& sources) {
  auto from = narrowed(sources);
  std::string passed_over;
  auto c = load_config(from);
  if (!c) {
    passed_over = c.error().text;
    from.file.reset();
    from.default_files.clear();
    from.environment.erase("OBSERVER_CONFIG");
    c = load_config(from);
  }
  if (!c)
    return c.error();
  auto base = service_of(c->service);
  if (!base)
    return base.error();
  return probed_service{std::move(*base), std::move(passed_over)};
}

} // namespace observer
