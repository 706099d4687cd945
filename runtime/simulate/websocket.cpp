#include "runtime/simulate/websocket.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

namespace observer::simulate {

namespace {

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) {
                      return std::tolower(x) == std::tolower(y);
                    });
}

/// Whether a comma-separated header names `word`.
bool lists(std::string_view header, std::string_view word) {
  while (!header.empty()) {
    auto comma = header.find(',');
    auto part = header.substr(0, comma);
    while (!part.empty() && part.front() == ' ')
      part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ')
      part.remove_suffix(1);
    if (same_word(part, word))
      return true;
    if (comma == std::string_view::npos)
      break;
    header.remove_prefix(comma + 1);
  }
  return false;
}

} // namespace

void append_close(std::string& out, close_code code) {
  append_frame(out, opcode::close, websocket::close_payload(code));
}

handshake answer_upgrade(const http_request& request) {
  auto refuse = [](int status, std::string why) {
    http_reply reply{status, std::move(why), "text/plain; charset=utf-8", {}};
    if (status == 426)
      reply.headers.emplace_back("Sec-WebSocket-Version", "13");
    return handshake{to_wire(reply, false), false};
  };
  if (request.method != "GET")
    return refuse(405, "a WebSocket is opened with GET\n");
  if (!lists(request.header("upgrade"), "websocket")
      || !lists(request.header("connection"), "upgrade"))
    return refuse(400, "this port speaks WebSocket only; REST has a port of "
                       "its own\n");
  if (request.header("sec-websocket-version") != "13")
    return refuse(426, "only version 13 of WebSocket is spoken here\n");
  auto key = request.header("sec-websocket-key");
  if (key.size() != 24)
    return refuse(400, "Sec-WebSocket-Key is missing or not 16 bytes\n");
  return {fmt::format("HTTP/1.1 101 Switching Protocols\r\n"
                      "Upgrade: websocket\r\n"
                      "Connection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: {}\r\n\r\n",
                      websocket::accept_key(key)),
          true};
}

std::optional<client_message> frame_reader::fail(close_code code) {
  violation_ = code;
  return std::nullopt;
}

std::optional<client_message> frame_reader::next(std::string& in) {
  while (!violation_) {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(in[i]); };
    if (in.size() < 2)
      return std::nullopt;
    auto last = (byte(0) & 0x80) != 0;
    auto op = static_cast<opcode>(byte(0) & 0x0f);
    auto control = (byte(0) & 0x08) != 0;
    // A client's frames are masked, and no extension was agreed on.
    if ((byte(0) & 0x70) != 0 || (byte(1) & 0x80) == 0)
      return fail(close_code::protocol_error);
    uint64_t size = byte(1) & 0x7f;
    size_t header = 2;
    if (size >= 126) {
      auto bytes = size == 126 ? 2u : 8u;
      if (control)
        return fail(close_code::protocol_error);
      if (in.size() < header + bytes)
        return std::nullopt;
      size = 0;
      for (auto i = 0u; i < bytes; ++i)
        size = size << 8 | byte(header + i);
      header += bytes;
    }
    if (size > message_bytes_max
        || fragments_.size() + size > message_bytes_max)
      return fail(close_code::too_big);
    if (in.size() < header + 4 + size)
      return std::nullopt;
    std::string payload{in, header + 4, size};
    for (size_t i = 0; i < payload.size(); ++i)
      payload[i] = static_cast<char>(payload[i] ^ in[header + i % 4]);
    in.erase(0, header + 4 + size);

    if (control) {
      if (!last
          || (op != opcode::close && op != opcode::ping && op != opcode::pong))
        return fail(close_code::protocol_error);
      return client_message{op, std::move(payload)};
    }
    auto continues = op == opcode::continuation;
    if (continues != (fragmented_ != opcode::continuation)
        || static_cast<int>(op) > 2)
      return fail(close_code::protocol_error);
    if (!continues)
      fragmented_ = op;
    fragments_ += payload;
    if (last)
      return client_message{std::exchange(fragmented_, opcode::continuation),
                            std::exchange(fragments_, {})};
  }
  return std::nullopt;
}

} // namespace observer::simulate
