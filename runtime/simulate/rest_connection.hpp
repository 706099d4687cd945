#pragma once

// One HTTP connection of the simulated exchange: requests answered one after
// the other until the client goes or is silent for a minute.

#include <array>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "runtime/simulate/http.hpp"
#include "runtime/simulate/stream.hpp"

namespace observer::simulate {

/// Keeps itself alive while it waits for something; not thread-safe.
class rest_connection : public std::enable_shared_from_this<rest_connection> {
public:
  using handler = std::function<http_reply(const http_request&)>;

  rest_connection(std::unique_ptr<byte_stream> stream, handler answer);

  void start();

private:
  void read();
  void take();
  void write();
  void arm();
  void close();

  std::unique_ptr<byte_stream> stream_;
  handler answer_;
  boost::asio::steady_timer idle_;
  request_reader reader_;
  std::array<char, 4096> read_buffer_;
  std::string in_, out_;
  size_t out_done_ = 0;
  bool keep_alive_ = true;
};

} // namespace observer::simulate
