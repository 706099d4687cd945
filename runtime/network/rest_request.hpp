#pragma once

// One request to the broker's REST service: name, TCP, TLS, question, answer.
//
// Concurrency. Begun from any thread, done on the io_context's. The receiver
// hears one http_response as a message, whatever became of it; it is held
// weakly.

#include <memory>

#include <caf/actor_control_block.hpp>

#include "actors/ports/clock.hpp"
#include "actors/ports/network.hpp"
#include "runtime/network/network_config.hpp"
#include "runtime/network/url.hpp"

namespace boost::asio {
class io_context;
namespace ssl {
class context;
}
} // namespace boost::asio

namespace observer {

class name_lookup;

/// The time in which the process stood still, by `clock`, is not counted.
/// `tls` is used for https addresses; it, `names` and `io` outlive the request.
void start_rest_request(boost::asio::io_context& io, name_lookup& names,
                        boost::asio::ssl::context& tls, const url& address,
                        const http_request& request,
                        caf::weak_actor_ptr receiver,
                        const network_config& config,
                        std::shared_ptr<const wall_clock> clock);

} // namespace observer
