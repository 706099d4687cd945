#pragma once

#include <string>

namespace observer {

/// Whether an IP address is of this machine alone; false if it is none.
bool is_loopback(const std::string& address);
/// Whether it is an IP address at all, which a listener needs.
bool is_ip_address(const std::string& address);

} // namespace observer
