#define CAF_SUITE runtime_simulate_websocket
#include "test.hpp"

#include "runtime/simulate/websocket.hpp"

namespace CAF_SUITE {

using namespace observer::simulate;

namespace {

/// A client's frame, masked with a fixed key.
std::string masked(unsigned char first, const std::string& payload) {
  std::string out{static_cast<char>(first)};
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  }
  std::string mask = "\x11\x22\x33\x44";
  out += mask;
  for (size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

http_request upgrade() {
  http_request x;
  x.method = "GET";
  x.path = "/tryitout";
  x.headers = {{"upgrade", "WebSocket"},
               {"connection", "keep-alive, Upgrade"},
               {"sec-websocket-version", "13"},
               {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
               {"sec-websocket-extensions", "permessage-deflate"}};
  return x;
}

} // namespace

CAF_TEST(the handshake answers the key of the standard) {
  CAF_CHECK_EQUAL(observer::websocket::accept_key("dGhlIHNhbXBsZSBub25jZQ=="),
                  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  auto x = answer_upgrade(upgrade());
  CAF_CHECK(x.accepted);
  CAF_CHECK(x.reply.starts_with("HTTP/1.1 101 "));
  CAF_CHECK(x.reply.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            != std::string::npos);
  CAF_CHECK_EQUAL(x.reply.find("xtensions"), std::string::npos);
}

CAF_TEST(what is no upgrade is refused) {
  auto status = [](http_request x) {
    auto out = answer_upgrade(x);
    CAF_CHECK(!out.accepted);
    return out.reply.substr(9, 3);
  };
  auto x = upgrade();
  x.method = "POST";
  CAF_CHECK_EQUAL(status(x), "405");
  x = upgrade();
  x.headers.erase("upgrade");
  CAF_CHECK_EQUAL(status(x), "400");
  x = upgrade();
  x.headers["sec-websocket-version"] = "8";
  CAF_CHECK_EQUAL(status(x), "426");
  x = upgrade();
  x.headers["sec-websocket-key"] = "short";
  CAF_CHECK_EQUAL(status(x), "400");
}

CAF_TEST(frames out carry their length in the shortest form) {
  for (auto [size, header] : {std::pair<size_t, size_t>{0, 2},
                              {125, 2},
                              {126, 4},
                              {65'535, 4},
                              {65'536, 10}}) {
    std::string out;
    append_frame(out, opcode::text, std::string(size, 'x'));
    CAF_CHECK_EQUAL(out.size(), header + size);
    CAF_CHECK_EQUAL(static_cast<unsigned char>(out[0]), 0x81);
  }
}

CAF_TEST(messages are read at any cut) {
  auto long_text = std::string(300, 'y');
  auto all = masked(0x81, "hello") + masked(0x89, "ping") + masked(0x01, "one ")
             + masked(0x8a, "") + masked(0x80, "two") + masked(0x82, long_text)
             + masked(0x88, "\x03\xe8");
  for (size_t step = 1; step <= all.size(); ++step) {
    frame_reader reader;
    std::string in;
    std::vector<client_message> got;
    for (size_t at = 0; at < all.size(); at += step) {
      in += all.substr(at, step);
      while (auto x = reader.next(in))
        got.push_back(*x);
    }
    CAF_REQUIRE_EQUAL(got.size(), 6u);
    CAF_CHECK_EQUAL(got[0].payload, "hello");
    CAF_CHECK(got[1].op == opcode::ping);
    CAF_CHECK(got[2].op == opcode::pong);
    CAF_CHECK(got[3].op == opcode::text);
    CAF_CHECK_EQUAL(got[3].payload, "one two");
    CAF_CHECK(got[4].op == opcode::binary);
    CAF_CHECK_EQUAL(got[4].payload, long_text);
    CAF_CHECK(got[5].op == opcode::close);
    CAF_CHECK(!reader.violation());
    CAF_CHECK(in.empty());
  }
}

CAF_TEST(violations end the reading) {
  auto code = [](std::string in) {
    frame_reader reader;
    while (reader.next(in))
      ;
    return static_cast<int>(reader.violation().value_or(close_code::normal));
  };
  CAF_CHECK_EQUAL(code(std::string("\x81\x02hi", 4)), 1002); // not masked
  CAF_CHECK_EQUAL(code(masked(0xc1, "x")), 1002);            // compressed
  CAF_CHECK_EQUAL(code(masked(0x83, "x")), 1002);            // unknown opcode
  CAF_CHECK_EQUAL(code(masked(0x80, "x")), 1002);            // continues what?
  CAF_CHECK_EQUAL(code(masked(0x09, "x")), 1002);            // ping in pieces
  CAF_CHECK_EQUAL(code(masked(0x01, "x") + masked(0x81, "y")), 1002);
  std::string huge{"\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff", 10};
  CAF_CHECK_EQUAL(code(huge), 1009);
}

CAF_TEST(requests are read at any cut and one after the other) {
  std::string all =
    "POST /oauth2/tokenP?a=1&b=%EA%B0%80+x HTTP/1.1\r\nHost: h\r\n"
    "Content-Length: 4\r\nX-Name:  v \r\n\r\nbody"
    "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  for (size_t step = 1; step <= all.size(); ++step) {
    request_reader reader;
    std::string in;
    std::vector<http_request> got;
    for (size_t at = 0; at < all.size(); at += step) {
      in += all.substr(at, step);
      while (auto x = reader.next(in))
        got.push_back(*x);
    }
    CAF_REQUIRE_EQUAL(got.size(), 2u);
    CAF_CHECK_EQUAL(got[0].path, "/oauth2/tokenP");
    CAF_CHECK_EQUAL(got[0].query["b"], "가 x");
    CAF_CHECK_EQUAL(got[0].header("x-name"), "v");
    CAF_CHECK_EQUAL(got[0].body, "body");
    CAF_CHECK(got[0].keep_alive);
    CAF_CHECK_EQUAL(got[1].path, "/next");
    CAF_CHECK(!got[1].keep_alive);
  }
}

CAF_TEST(what is not HTTP is said to be bad) {
  request_reader reader;
  std::string in = "\x16\x03\x01 what is this\r\n\r\n";
  CAF_CHECK(!reader.next(in));
  CAF_CHECK(!reader.bad().empty());
}

CAF_TEST(a chunked body is read at any cut and may be empty) {
  std::string head = "POST /a HTTP/1.1\r\nHost: h\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n";
  for (std::string body : {"", "4\r\nbody\r\n"}) {
    auto all = head + body + "0\r\n\r\n";
    for (size_t step = 1; step <= all.size(); ++step) {
      request_reader reader;
      std::string in;
      std::vector<http_request> got;
      for (size_t at = 0; at < all.size(); at += step) {
        in += all.substr(at, step);
        while (auto x = reader.next(in))
          got.push_back(*x);
      }
      CAF_REQUIRE_EQUAL(got.size(), 1u);
      CAF_CHECK_EQUAL(got[0].body, body.empty() ? "" : "body");
    }
  }
}

} // namespace CAF_SUITE
