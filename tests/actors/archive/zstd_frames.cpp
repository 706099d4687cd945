#define CAF_SUITE actors_archive_zstd_frames
#include "actors/archive/zstd_frames.hpp"

#include <random>

#include "support/zstd_text.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using test::text_of_zstd;

namespace {

struct packed {
  std::string bytes;
  std::vector<zstd_frame> frames;
};

packed pack(std::string_view text, uint32_t frame_bytes, size_t piece) {
  zstd_frame_writer writer{frame_bytes};
  packed out;
  for (size_t at = 0; at < text.size(); at += piece)
    CAF_REQUIRE(writer.add(text.substr(at, piece), out.bytes));
  CAF_REQUIRE(writer.finish(out.bytes));
  out.frames = writer.frames();
  return out;
}

std::string lines(size_t n, uint64_t seed = 7) {
  std::mt19937_64 random{seed};
  std::string out;
  for (size_t i = 0; i < n; ++i)
    out += std::to_string(i) + std::string(random() % 90, 'x') + '\n';
  return out;
}

uint32_t number_at(std::string_view bytes, size_t at) {
  uint32_t n = 0;
  for (size_t i = 4; i-- > 0;)
    n = n << 8 | static_cast<unsigned char>(bytes[at + i]);
  return n;
}

} // namespace

CAF_TEST(each frame alone holds whole lines and some more than it should) {
  auto text = lines(3'000);
  for (size_t piece : {1'000, 1, 77'777'777}) {
    auto got = pack(text, 10'000, piece);
    CAF_CHECK(got.frames.size() > 10);
    std::string all;
    size_t at = 0;
    for (auto& frame : got.frames) {
      auto part = text_of_zstd(std::string_view{got.bytes}.substr(at,
                                                                  frame.bytes));
      CAF_CHECK_EQUAL(part.size(), frame.plain_bytes);
      CAF_CHECK_EQUAL(part.back(), '\n');
      CAF_CHECK(part.size() < 10'000 + 100);
      CAF_CHECK(&frame == &got.frames.back() || part.size() >= 10'000);
      all += part;
      at += frame.bytes;
    }
    CAF_CHECK(all == text);
    CAF_CHECK(text_of_zstd(got.bytes) == text);
  }
}

CAF_TEST(the table at the end leads to every frame) {
  auto got = pack(lines(3'000), 10'000, 999);
  auto rows = got.frames.size();
  auto table = got.bytes.substr(got.bytes.size() - 8 * rows - 17);
  CAF_CHECK_EQUAL(number_at(table, 0), 0x184D2A5Eu);
  CAF_CHECK_EQUAL(number_at(table, 4), 8 * rows + 9);
  uint64_t sum = 0;
  for (size_t i = 0; i < rows; ++i) {
    CAF_CHECK_EQUAL(number_at(table, 8 + 8 * i), got.frames[i].bytes);
    CAF_CHECK_EQUAL(number_at(table, 12 + 8 * i), got.frames[i].plain_bytes);
    sum += got.frames[i].bytes;
  }
  CAF_CHECK_EQUAL(sum + table.size(), got.bytes.size());
  CAF_CHECK_EQUAL(number_at(table, 8 + 8 * rows), rows);
  CAF_CHECK_EQUAL(table[12 + 8 * rows], '\0');
  CAF_CHECK_EQUAL(number_at(table, 13 + 8 * rows), 0x8F92EAB1u);
}

CAF_TEST(no frame says how long it is so that one is not taken for all) {
  auto got = pack(lines(3'000), 10'000, 999);
  size_t at = 0;
  for (auto& frame : got.frames) {
    CAF_CHECK(ZSTD_getFrameContentSize(got.bytes.data() + at, frame.bytes)
              == ZSTD_CONTENTSIZE_UNKNOWN);
    at += frame.bytes;
  }
}

CAF_TEST(a line without an end is cut at twice the size of a frame) {
  std::string text(55'000, 'x');
  text += '\n';
  auto got = pack(text, 10'000, 999);
  CAF_REQUIRE_EQUAL(got.frames.size(), 3u);
  CAF_CHECK_EQUAL(got.frames[0].plain_bytes, 20'000u);
  CAF_CHECK_EQUAL(got.frames[1].plain_bytes, 20'000u);
  CAF_CHECK(text_of_zstd(got.bytes) == text);
}

CAF_TEST(nothing is one empty frame) {
  auto got = pack("", 10'000, 1);
  CAF_CHECK_EQUAL(got.frames.size(), 1u);
  CAF_CHECK_EQUAL(text_of_zstd(got.bytes), "");
}

CAF_TEST(what was written is read back with its frames) {
  auto text = lines(3'000);
  auto got = pack(text, 10'000, 999);
  for (size_t piece : {1, 100, 1 << 20}) {
    zstd_frame_reader reader;
    std::string all;
    for (size_t at = 0; at < got.bytes.size(); at += piece)
      CAF_REQUIRE(reader.add(std::string_view{got.bytes}.substr(at, piece),
                             [&](std::string_view part) {
                               all += part;
                               return true;
                             }));
    CAF_CHECK(all == text);
    CAF_CHECK(reader.is_whole());
    CAF_CHECK(reader.frames() == got.frames);
  }
}

CAF_TEST(a reader that is ended reads no further) {
  auto got = pack(lines(90'000), 1'000'000, 1 << 20);
  zstd_frame_reader reader;
  size_t bytes = 0;
  CAF_CHECK(!reader.add(got.bytes, [&](std::string_view part) {
    bytes += part.size();
    return false;
  }));
  CAF_CHECK(bytes <= 1 << 18);
}

} // namespace CAF_SUITE
