#define CAF_SUITE runtime_network_websocket_reader
#include "test.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "runtime/network/websocket_reader.hpp"

namespace CAF_SUITE {

// Whatever the pieces in which bytes come, the messages are those that were
// sent.

using namespace observer;
using observer::websocket::append_frame;
using observer::websocket::close_code;
using observer::websocket::opcode;

namespace {

constexpr uint64_t message_max = 1 << 20;

/// Gives the reader `bytes` in pieces of at most `piece`.
void feed(websocket_reader& reader, std::string_view bytes,
          size_t piece = SIZE_MAX, int64_t at_us = 1) {
  while (!bytes.empty()) {
    auto room = reader.room();
    CAF_REQUIRE(room.size > 0);
    auto n = std::min({room.size, piece, bytes.size()});
    std::copy_n(bytes.data(), n, room.data);
    bytes.remove_prefix(n);
    reader.received(n, at_us);
  }
}

std::vector<std::string> taken(websocket_reader& reader) {
  frame_batch batch;
  reader.take(batch);
  std::vector<std::string> out;
  for (auto& item : batch.frames)
    out.emplace_back(batch.text(item));
  return out;
}

std::string frame(opcode op, std::string_view payload, bool last = true) {
  std::string out;
  append_frame(out, op, payload);
  if (!last)
    out[0] = static_cast<char>(out[0] & 0x7f);
  return out;
}

using texts = std::vector<std::string>;

std::optional<close_code> violation_of(std::string_view bytes) {
  websocket_reader reader{message_max};
  feed(reader, bytes);
  if (!reader.broken())
    return std::nullopt;
  return reader.broken()->code;
}

} // namespace

CAF_TEST(messages of every length class come out) {
  websocket_reader reader{message_max};
  texts sent{"", "a", std::string(125, 'b'), std::string(126, 'c'),
             std::string(65'535, 'd'), std::string(65'536, 'e'),
             std::string(message_max, 'f')};
  for (auto& text : sent)
    feed(reader, frame(opcode::text, text));
  CAF_CHECK(taken(reader) == sent);
  CAF_CHECK_EQUAL(reader.messages(), 0u);
}

CAF_TEST(single bytes make the same messages) {
  websocket_reader reader{message_max};
  feed(reader,
       frame(opcode::text, "one") + frame(opcode::text, std::string(300, 'x')),
       1);
  CAF_CHECK((taken(reader) == texts{"one", std::string(300, 'x')}));
}

CAF_TEST(a message has the time of the read that completed it) {
  websocket_reader reader{message_max};
  auto bytes = frame(opcode::text, "one") + frame(opcode::text, "two");
  feed(reader, bytes.substr(0, 7), SIZE_MAX, 100);
  feed(reader, bytes.substr(7), SIZE_MAX, 200);
  frame_batch batch;
  reader.take(batch);
  CAF_REQUIRE_EQUAL(batch.frames.size(), 2u);
  CAF_CHECK_EQUAL(batch.frames[0].received_us, 100);
  CAF_CHECK_EQUAL(batch.frames[1].received_us, 200);
}

CAF_TEST(fragments are one message with control frames between them) {
  websocket_reader reader{message_max};
  feed(reader, frame(opcode::text, "in ", false) + frame(opcode::ping, "p")
                 + frame(opcode::continuation, "three ", false)
                 + frame(opcode::pong, "unasked")
                 + frame(opcode::continuation, "parts")
                 + frame(opcode::text, "next"));
  CAF_CHECK((taken(reader) == texts{"in three parts", "next"}));
  CAF_CHECK((reader.pings() == texts{"p"}));
  CAF_CHECK(reader.pings().empty());
  CAF_CHECK(!reader.broken());
}

CAF_TEST(what is taken in the middle of a message goes on) {
  websocket_reader reader{message_max};
  feed(reader, frame(opcode::text, "whole") + frame(opcode::text, "a", false));
  CAF_CHECK((taken(reader) == texts{"whole"}));
  auto rest = frame(opcode::continuation, "bc") + frame(opcode::text, "d");
  feed(reader, rest.substr(0, 3));
  CAF_CHECK(taken(reader).empty());
  feed(reader, rest.substr(3));
  CAF_CHECK((taken(reader) == texts{"abc", "d"}));
}

CAF_TEST(taking leaves the room of a read that is under way where it is) {
  websocket_reader reader{message_max};
  std::string big(100'000, 'x'); // worth moving, if nobody had the room
  feed(reader, frame(opcode::text, big) + frame(opcode::text, "begun", false));
  auto room = reader.room();
  auto rest = frame(opcode::continuation, " and ended");
  CAF_CHECK((taken(reader) == texts{big}));
  CAF_REQUIRE(room.size >= rest.size());
  std::copy_n(rest.data(), rest.size(), room.data);
  reader.received(rest.size(), 1);
  CAF_CHECK_EQUAL(reader.bytes(), frame(opcode::text, "begun").size() - 2
                                    + rest.size());
  CAF_CHECK((taken(reader) == texts{"begun and ended"}));
}

CAF_TEST(what was taken makes room) {
  websocket_reader reader{message_max};
  auto message = frame(opcode::text, std::string(1'000, 'x'));
  for (int i = 0; i < 2'000; ++i) {
    feed(reader, message);
    auto room = reader.room(); // as a socket that waits
    CAF_REQUIRE(room.size <= websocket_reader::piece_bytes);
    CAF_REQUIRE_EQUAL(taken(reader).size(), 1u);
  }
}

CAF_TEST(a message of empty fragments does not fill the memory) {
  websocket_reader reader{message_max};
  feed(reader, frame(opcode::text, "begun", false));
  std::string empty;
  for (int i = 0; i < 1'000; ++i)
    empty += frame(opcode::continuation, "", false) + frame(opcode::ping, "");
  for (int i = 0; i < 500; ++i)
    feed(reader, empty);
  CAF_CHECK(reader.room().size < (1 << 20));
  feed(reader, frame(opcode::continuation, " and ended"));
  CAF_CHECK((taken(reader) == texts{"begun and ended"}));
}

CAF_TEST(a large message leaves no large room behind) {
  websocket_reader reader{64 << 20};
  feed(reader, frame(opcode::text, std::string(16 << 20, 'x')));
  reader.room(); // a read is under way
  CAF_CHECK_EQUAL(taken(reader).size(), 1u);
  feed(reader, frame(opcode::text, "small"));
  taken(reader);
  CAF_CHECK(reader.room().size <= 4 * websocket_reader::piece_bytes);
}

CAF_TEST(binary messages are kept as texts are) {
  websocket_reader reader{message_max};
  feed(reader, frame(opcode::binary, "0|H0STCNT0|001|x")
                 + frame(opcode::text, "\xff\xfe no UTF-8"));
  CAF_CHECK((taken(reader) == texts{"0|H0STCNT0|001|x", "\xff\xfe no UTF-8"}));
}

CAF_TEST(a close frame tells its code and reason) {
  websocket_reader reader{message_max};
  feed(reader, frame(opcode::text, "last")
                 + frame(opcode::close, std::string{"\x03\xe9"} + "bye"));
  feed(reader, frame(opcode::text, "ignored"));
  CAF_REQUIRE(reader.closed());
  CAF_CHECK_EQUAL(reader.closed()->code, 1001);
  CAF_CHECK_EQUAL(reader.closed()->reason, "bye");
  CAF_CHECK((taken(reader) == texts{"last"}));
}

CAF_TEST(a close frame may be empty) {
  websocket_reader reader{message_max};
  feed(reader, frame(opcode::close, ""));
  CAF_REQUIRE(reader.closed());
  CAF_CHECK_EQUAL(reader.closed()->code, 1005);
}

CAF_TEST(what a server must not send is a violation) {
  auto masked = frame(opcode::text, "x");
  masked[1] = static_cast<char>(masked[1] | 0x80);
  auto compressed = frame(opcode::text, "x");
  compressed[0] = static_cast<char>(compressed[0] | 0x40);
  for (auto& bytes :
       {masked, compressed, frame(static_cast<opcode>(3), "x"),
        frame(static_cast<opcode>(11), "x"), frame(opcode::ping, "x", false),
        frame(opcode::ping, std::string(126, 'x')),
        frame(opcode::continuation, "x"),
        frame(opcode::text, "x", false) + frame(opcode::text, "y")})
    CAF_CHECK(violation_of(bytes) == close_code::protocol_error);
  CAF_CHECK(!violation_of(frame(opcode::text, "x")));
}

CAF_TEST(a message that is too long is refused by its header) {
  // Ten bytes that promise 2^63 - 1.
  std::string huge{"\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10};
  CAF_CHECK(violation_of(huge) == close_code::too_big);
  std::string all_ones{"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10};
  CAF_CHECK(violation_of(all_ones) == close_code::too_big);
  CAF_CHECK(violation_of(frame(opcode::text, std::string(message_max + 1, 'x')))
            == close_code::too_big);
  // In fragments too.
  std::string half(message_max / 2 + 1, 'x');
  CAF_CHECK(violation_of(frame(opcode::text, half, false)
                         + frame(opcode::continuation, half))
            == close_code::too_big);
}

CAF_TEST(what came before a violation can be taken) {
  websocket_reader reader{message_max};
  feed(reader, frame(opcode::text, "good") + frame(static_cast<opcode>(5), ""));
  CAF_CHECK(reader.broken());
  CAF_CHECK((taken(reader) == texts{"good"}));
}

CAF_TEST(random messages in random pieces taken at random times) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  auto below = [&](size_t n) { return random() % n; };
  for (int round = 0; round < 40; ++round) {
    websocket_reader reader{message_max};
    texts sent, got;
    std::string bytes;
    for (auto left = 1 + below(200); left > 0; --left) {
      auto size = below(20) == 0 ? below(90'000) : below(900);
      std::string text(size, static_cast<char>('a' + below(26)));
      sent.push_back(text);
      auto parts = below(4) == 0 ? 1 + below(4) : 1;
      auto op = opcode::text;
      for (size_t at = 0; parts > 0; --parts) {
        auto n = parts == 1 ? text.size() - at : below(text.size() - at + 1);
        bytes += frame(op, text.substr(at, n), parts == 1);
        at += n;
        op = opcode::continuation;
        if (below(8) == 0)
          bytes += frame(opcode::ping, "?");
      }
    }
    auto piece = 1 + below(below(2) == 0 ? 50 : 200'000);
    for (size_t at = 0; at < bytes.size();) {
      auto n = std::min(bytes.size() - at, 1 + below(piece));
      feed(reader, std::string_view{bytes}.substr(at, n));
      at += n;
      if (below(2) == 0)
        reader.room(); // a read is under way
      if (below(3) == 0)
        for (auto& text : taken(reader))
          got.push_back(text);
    }
    for (auto& text : taken(reader))
      got.push_back(text);
    CAF_REQUIRE(!reader.broken());
    CAF_REQUIRE(got == sent);
  }
}

} // namespace CAF_SUITE
