#define CAF_SUITE runtime_network_websocket
#include "test.hpp"

#include "runtime/network/websocket.hpp"

namespace CAF_SUITE {

using namespace observer::websocket;

CAF_TEST(a key is answered as in the standard) {
  CAF_CHECK_EQUAL(accept_key("dGhlIHNhbXBsZSBub25jZQ=="),
                  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

CAF_TEST(a key is sixteen bytes and differs with each of them) {
  auto key = make_key(1, 2);
  CAF_CHECK_EQUAL(key.size(), 24u);
  CAF_CHECK(key.ends_with("=="));
  CAF_CHECK_NOT_EQUAL(key, make_key(1, 3));
  CAF_CHECK_NOT_EQUAL(key, make_key(2, 2));
}

CAF_TEST(a masked frame is the example of the standard) {
  std::string out;
  append_masked_frame(out, opcode::text, "Hello", 0x37fa213d);
  CAF_CHECK_EQUAL(out, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

CAF_TEST(a frame says its length in one or three or nine bytes) {
  for (auto [size, header] : {std::pair<size_t, size_t>{125, 2}, {126, 4},
                              {65'535, 4}, {65'536, 10}}) {
    std::string out;
    append_frame(out, opcode::text, std::string(size, 'x'));
    CAF_CHECK_EQUAL(out.size(), header + size);
  }
}

CAF_TEST(a close frame carries its code) {
  CAF_CHECK_EQUAL(close_payload(close_code::too_big), "\x03\xf1");
}

} // namespace CAF_SUITE
