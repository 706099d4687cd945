#include "runtime/http/answer_head.hpp"

#include <ctime>
#include <string_view>

#include <fmt/format.h>

#include "runtime/network/http_reader.hpp"

namespace observer {

namespace {

constexpr std::string_view security_headers[][2] = {
  {"Server", "observer"},
  {"X-Content-Type-Options", "nosniff"},
  {"X-Frame-Options", "DENY"},
  {"Referrer-Policy", "no-referrer"},
  {"Cross-Origin-Resource-Policy", "same-origin"},
  {"Content-Security-Policy",
   "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
   "data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
   "frame-ancestors 'none'"},
};

void append_security_headers(std::string& out) {
  for (auto& [name, value] : security_headers)
    append_http_field(out, name, value);
}

/// `Mon, 14 Sep 2026 06:07:46 GMT`, whatever the locale.
std::string http_date(std::time_t at) {
  constexpr std::string_view days[]
    = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view months[]
    = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm t{};
  ::gmtime_r(&at, &t);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     days[t.tm_wday], t.tm_mday, months[t.tm_mon],
                     t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

} // namespace

void append_common_headers(std::string& out) {
  append_http_field(out, "Date", http_date(std::time(nullptr)));
  append_http_field(out, "Vary", "Accept-Encoding");
  append_security_headers(out);
}

} // namespace observer
