#define CAF_SUITE messages_zstd_stream
#include "messages/zstd_stream.hpp"

#include <algorithm>
#include <random>

#include "support/zstd_text.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using test::zstd_skipped;
using test::zstd_text;

namespace {

struct outcome {
  std::string text, problem;
};

/// Reads `bytes` in pieces of at most `in_max`, into at most `out_max`.
outcome read(const std::string& bytes, size_t in_max = 1 << 20,
             size_t out_max = 1 << 20) {
  zstd_stream stream;
  outcome out;
  std::string to(out_max, '\0');
  auto take = [&](std::string_view in) {
    for (;;) {
      auto done = stream.next(in, to.data(), to.size());
      out.text.append(to, 0, done.made);
      in.remove_prefix(done.taken);
      if (!stream.problem().empty() || (done.made == 0 && in.empty()))
        return;
    }
  };
  for (size_t at = 0; at < bytes.size() && stream.problem().empty();
       at += in_max)
    take(std::string_view{bytes}.substr(at, in_max));
  stream.end();
  out.problem = stream.problem();
  return out;
}

std::string lines(size_t n, uint64_t seed = 1) {
  std::mt19937_64 random{seed};
  std::string out;
  for (size_t i = 0; i < n; ++i)
    out += "{\"seq\":" + std::to_string(i) + ",\"price\":"
           + std::to_string(random() % 100'000) + "}\n";
  return out;
}

} // namespace

CAF_TEST(frames one after another are one text in whatever pieces they come) {
  auto a = lines(500), b = lines(900, 2);
  auto bytes = zstd_skipped("first") + zstd_text(a) + zstd_skipped("")
               + zstd_text("") + zstd_text(b) + zstd_skipped("a table");
  for (size_t in_max : {1, 2, 3, 5, 7, 64, 4'096, 1 << 20})
    for (size_t out_max : {1, 3, 100, 1 << 20}) {
      auto got = read(bytes, in_max, out_max);
      CAF_CHECK_EQUAL(got.problem, "");
      CAF_CHECK(got.text == a + b);
    }
}

CAF_TEST(wherever the end is missing that is said with its place) {
  auto text = lines(50);
  auto first = zstd_text(text);
  auto bytes = first + zstd_text(text) + zstd_skipped("table");
  for (size_t size = 0; size < bytes.size(); ++size) {
    auto got = read(bytes.substr(0, size));
    CAF_CHECK((text + text).starts_with(got.text));
    auto between = size == first.size() || size == 2 * first.size();
    CAF_CHECK_EQUAL(got.problem,
                    between     ? ""
                    : size == 0 ? "is empty: no zstd file"
                                : "ends within a frame, at byte "
                                    + std::to_string(size));
  }
}

CAF_TEST(damage within a frame is never read as text that is whole) {
  auto text = lines(2'000);
  auto bytes = zstd_text(text);
  std::mt19937_64 random{20260914};
  CAF_MESSAGE("seed 20260914");
  for (int round = 0; round < 400; ++round) {
    auto damaged = bytes;
    auto at = random() % damaged.size();
    damaged[at] = static_cast<char>(damaged[at] ^ 1 << random() % 8);
    auto got = read(damaged);
    CAF_CHECK(got.problem != "" || got.text == text);
    CAF_CHECK(got.text.size() <= text.size() + (128 << 10));
  }
}

CAF_TEST(what is no frame is found at its first byte) {
  auto frame = zstd_text("a line\n");
  auto at = std::to_string(frame.size());
  for (auto& behind : {std::string{"x"}, std::string(4, '\0'),
                       std::string{"\x27\xB5\x2F\xFD and more"}})
    CAF_CHECK_EQUAL(read(frame + behind).problem,
                    "no zstd frame begins at byte " + at);
  CAF_CHECK_EQUAL(read("{\"plain\":1}\n").problem,
                  "no zstd frame begins at byte 0");
}

CAF_TEST(a window beyond the bound is refused and not allocated) {
  auto text = lines(10);
  CAF_CHECK_EQUAL(read(zstd_text(text, 3, 23)).text, text);
  for (int log : {24, 27}) {
    auto got = read(zstd_text(text, 3, log));
    CAF_CHECK_EQUAL(got.text, "");
    CAF_CHECK(got.problem.find("a window of more than 8 MiB")
              != std::string::npos);
  }
}

CAF_TEST(nothing more is made after a problem) {
  zstd_stream stream;
  char to[16];
  stream.next("no zstd", to, sizeof(to));
  auto problem = stream.problem();
  auto frame = zstd_text("a line\n");
  auto done = stream.next(frame, to, sizeof(to));
  CAF_CHECK_EQUAL(done.made, 0u);
  CAF_CHECK_EQUAL(done.taken, 0u);
  CAF_CHECK_EQUAL(stream.problem(), problem);
}

CAF_TEST(the beginning tells zstd from text) {
  for (auto& bytes : {zstd_text("x"), zstd_skipped("x")})
    for (size_t n = 0; n <= 4; ++n)
      CAF_CHECK(begins_like_zstd(bytes.substr(0, n)));
  for (auto text : {"{", "0|H0STCNT0", "(null)", "PINGPONG", "\xEF\xBB\xBF"})
    CAF_CHECK(!begins_like_zstd(std::string_view{text}.substr(0, 4)));
}

} // namespace CAF_SUITE
