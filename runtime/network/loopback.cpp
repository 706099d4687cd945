#include "runtime/network/loopback.hpp"

#include <boost/asio/ip/address.hpp>

namespace observer {

bool is_loopback(const std::string& address) {
  boost::system::error_code ec;
  auto parsed = boost::asio::ip::make_address(address, ec);
  return !ec && parsed.is_loopback();
}

bool is_ip_address(const std::string& address) {
  boost::system::error_code ec;
  boost::asio::ip::make_address(address, ec);
  return !ec;
}

} // namespace observer
