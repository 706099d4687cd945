#pragma once

// A server on loopback that takes one request and gives one answer, in pieces
// of a packet each.

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace observer {

class answer_in_pieces {
 public:
  explicit answer_in_pieces(std::vector<std::string> pieces,
                            std::chrono::milliseconds pause
                            = std::chrono::milliseconds{10})
    : thread_([this, pieces = std::move(pieces), pause] {
        tcp::socket client{io_};
        door_.accept(client);
        client.set_option(tcp::no_delay{true});
        std::string request;
        boost::asio::read_until(client, boost::asio::dynamic_buffer(request),
                                "\r\n\r\n");
        for (auto& piece : pieces) {
          // A client that hangs up early is judged by what it says.
          boost::system::error_code gone;
          boost::asio::write(client, boost::asio::buffer(piece), gone);
          std::this_thread::sleep_for(pause);
        }
      }) {}

  uint16_t port() const {
    return door_.local_endpoint().port();
  }
  /// All was sent.
  void join() {
    thread_.join();
  }

 private:
  using tcp = boost::asio::ip::tcp;

  boost::asio::io_context io_;
  tcp::acceptor door_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::jthread thread_;
};

} // namespace observer
