#define CAF_SUITE runtime_process_unpacked_input
#include "runtime/process/unpacked_input.hpp"

#include <cerrno>
#include <cstring>
#include <vector>

#include "support/zstd_text.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using test::zstd_text;
using form = unpacked_input::form;

namespace {

/// Answers with one piece after another, then with its end.
struct pieces {
  std::vector<std::string> left;
  int asked = 0;
  int fails_with = 0;

  unpacked_input::source source() {
    return [this](char* to, size_t size) -> ssize_t {
      ++asked;
      if (left.empty() && fails_with != 0) {
        errno = fails_with;
        return -1;
      }
      if (left.empty())
        return 0;
      auto n = std::min(size, left[0].size());
      std::memcpy(to, left[0].data(), n);
      left[0].erase(0, n);
      if (left[0].empty())
        left.erase(left.begin());
      return static_cast<ssize_t>(n);
    };
  }
};

std::vector<std::string> by_bytes(const std::string& text) {
  std::vector<std::string> out;
  for (auto c : text)
    out.emplace_back(1, c);
  return out;
}

std::string all_of(unpacked_input& in) {
  std::string out;
  char to[7];
  for (ssize_t got; (got = in.read(to, sizeof(to))) > 0;)
    out.append(to, static_cast<size_t>(got));
  return out;
}

} // namespace

CAF_TEST(plain text comes as it is) {
  for (auto text : {"", "(", "P", "PINGPONG\n", "{\"a\":1}\n", "(\xB5/ text"}) {
    pieces from{by_bytes(text)};
    unpacked_input in{from.source(), form::as_it_begins};
    CAF_CHECK_EQUAL(all_of(in), text);
    CAF_CHECK(!in.is_zstd());
    CAF_CHECK_EQUAL(in.taken(), std::strlen(text));
  }
}

CAF_TEST(what is in zstd comes byte by byte as well) {
  auto bytes = zstd_text("one\n") + zstd_text("two\n");
  for (auto what : {form::as_it_begins, form::zstd}) {
    pieces from{by_bytes(bytes)};
    unpacked_input in{from.source(), what};
    CAF_CHECK_EQUAL(all_of(in), "one\ntwo\n");
    CAF_CHECK_EQUAL(in.problem(), "");
    CAF_CHECK_EQUAL(in.taken(), bytes.size());
  }
}

CAF_TEST(the first bytes of a pipe that lives are handed on at once) {
  pieces from{{"{\"a\""}};
  unpacked_input in{from.source(), form::as_it_begins};
  char to[16];
  CAF_CHECK_EQUAL(in.read(to, sizeof(to)), 4);
  CAF_CHECK_EQUAL(from.asked, 1);
}

CAF_TEST(a plain form is not looked at) {
  auto bytes = zstd_text("one\n");
  pieces from{{bytes}};
  unpacked_input in{from.source(), form::plain};
  CAF_CHECK_EQUAL(all_of(in), bytes);
}

CAF_TEST(a source that fails is told from damage) {
  for (auto& begin : {std::string{}, std::string{"text\n"},
                      zstd_text("text\n")}) {
    pieces from{begin.empty() ? std::vector<std::string>{}
                              : std::vector{begin}};
    from.fails_with = EIO;
    unpacked_input in{from.source(), form::as_it_begins};
    all_of(in);
    char to[1];
    CAF_CHECK_EQUAL(in.read(to, 1), -1);
    CAF_CHECK_EQUAL(in.problem(), "");
  }
  auto half = zstd_text("text\n");
  half.pop_back();
  pieces from{{half}};
  unpacked_input in{from.source(), form::as_it_begins};
  all_of(in);
  CAF_CHECK_EQUAL(in.problem(), "ends within a frame, at byte "
                                  + std::to_string(half.size()));
}

} // namespace CAF_SUITE
