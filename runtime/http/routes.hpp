#pragma once

// What the daemon answers over HTTP, and to whom.
//
// On a loopback address nobody logs in; a request must name a loopback host,
// or one that is allowed, so that a page elsewhere cannot come in through a name
// of its own. On any other address every path but /health and /ready and the
// page's own files wants `Authorization: Bearer TOKEN`. Actions are POST only, of
// the same origin or of an allowed host's, with the token that /api/session gives
// to who may have it.

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "messages/secret.hpp"
#include "runtime/console/assets.hpp"
#include "runtime/http/server.hpp"
#include "runtime/inspect/inspector.hpp"
#include "runtime/inspect/operator_actions.hpp"

namespace observer {

struct routes_config {
  /// The address it listens on.
  std::string address;
  /// Empty: nobody logs in, which only a loopback address allows.
  secret token;
  bool allow_chaos = false;
  /// Names under which a proxy passes this service on, HOST or HOST:PORT as the
  /// browser's address has it. Any port may stand in a request's Host; an origin
  /// is compared whole, whatever its scheme.
  std::vector<std::string> allowed_hosts = {};
};

class routes {
 public:
  /// The views of `files` must outlive it.
  routes(routes_config config, std::shared_ptr<inspector> source,
         std::span<const console_asset> files = console_assets());

  /// Any thread.
  http_answer answer(const http_call& call);
  /// One event of /api/stream: the status, and what changed since the event
  /// before.
  http_event next_event();

 private:
  http_answer judged(const http_call& call);
  http_answer read(const http_call& call);
  http_answer file(const console_asset& f, const http_call& call);
  std::string status_text();
  http_answer history(const http_call& call);
  http_answer rejects(const http_call& call);
  http_answer ready();
  http_answer metrics();
  http_answer slot(const http_call& call);
  http_answer session();
  http_answer act(const http_call& call);
  const console_asset* file_of(std::string_view path) const;
  bool is_open(const http_call& call) const;
  std::string_view methods_of(const http_call& call) const;
  bool names_us(std::string_view host) const;
  bool is_allowed(std::string_view authority) const;
  bool same_origin(const http_call& call) const;
  bool may_read(const http_call& call) const;

  routes_config config_;
  bool loopback_;
  std::shared_ptr<inspector> source_;
  std::span<const console_asset> files_;
  /// The status of the last event; null before the first.
  std::shared_ptr<const nlohmann::json> told_;
  operator_actions actions_;
  /// Of this run; actions carry it when nobody logs in.
  std::string action_token_;
};

/// Compares in a time that does not tell where two texts differ.
bool same_secret(std::string_view a, std::string_view b);

} // namespace observer
