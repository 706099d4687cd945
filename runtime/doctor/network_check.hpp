#pragma once

// The way to the broker: names, ports, TLS, its clock against ours, the keys.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/doctor/check.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

/// `Mon, 14 Sep 2026 06:07:46 GMT`, as every HTTP server of today writes it, in
/// seconds since 1970; nothing if it is none.
std::optional<int64_t> parse_http_date(std::string_view text);

/// What a clock that is so far ahead of the broker's means for a recording.
/// `accuracy_ms` is how far the look itself may be off.
void judge_clock(int64_t ahead_ms, int64_t accuracy_ms, check_report& out);

/// Whether the kernel says that something keeps its clock right.
void check_synchronisation(check_report& out);

/// REST: name, TCP, TLS, Date, and an approval key where `with_keys` and app key
/// and secret are known. That is what each session asks for; it sends its owner
/// no message, as an access token would. Nothing is sent to a peer whose
/// certificate is not trusted.
void check_rest(const config& c, bool with_keys, check_report& out);

/// WebSocket: name and TCP, and TLS where it has one.
void check_stream(const config& c, check_report& out);

} // namespace observer
