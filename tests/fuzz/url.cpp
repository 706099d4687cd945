#include "runtime/network/url.hpp"

#include <string>

#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"

namespace observer::fuzz {

void url(std::string_view input) {
  auto seen = parse_url(input);
  if (!seen) {
    require(!seen.error().text.empty(), "a refused address is explained");
    return;
  }
  require(!seen->host.empty() && seen->target.starts_with('/'),
          "an address has a host and a target");
  auto port = std::stoi(seen->port);
  require(port >= 1 && port <= 65535, "a port is one", seen->port);
  auto text = seen->scheme + "://" + seen->authority() + seen->target;
  auto again = parse_url(text);
  require(again && again->scheme == seen->scheme && again->host == seen->host
            && again->port == seen->port && again->target == seen->target,
          "an address is the same when it is written and read again", text);
}

} // namespace observer::fuzz
