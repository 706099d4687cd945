#define CAF_SUITE runtime_http_gzip
#include "runtime/http/gzip.hpp"

#include <random>

#include "gunzip.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::http_test;

CAF_TEST(gzip is for who likes it no less than plain text) {
  for (auto field :
       {"gzip", "GZIP", "x-gzip", "gzip, deflate, br", "deflate,gzip;q=0.001",
        "br;q=1.0, gzip;q=0.8, *;q=0.1", "*", "*;q=0.5", " gzip ; q=0.5 ",
        "\tgzip;Q=1.000", "gzip;q=1, identity;q=0.5", "gzip, identity",
        "identity;q=0, gzip;q=0.1", "*;q=0, gzip", ",,gzip,,",
        "gzip;q=0, gzip"})
    if (!wants_gzip(field))
      CAF_ERROR(field << " wants gzip");
  for (auto field :
       {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "gzip;q=0, *",
        "*;q=0", "x-gzip;q=0", "deflate, br", "gzip;q=0.5, identity",
        "gzip;q=0.5, identity;q=0.6", "gzipped", "gzi", "\"gzip\""})
    if (wants_gzip(field))
      CAF_ERROR(field << " does not want gzip");
}

CAF_TEST(a weight that is none does not count) {
  for (auto weight :
       {"q=", "q=2", "q=1.1", "q=1.001", "q=.5", "q=-1", "q=0.1234", "q=x",
        "q=0x1", "q=0,5x", "q", "r=1", "q=1;q=1", "q=1e0"})
    if (wants_gzip("gzip;" + std::string{weight}))
      CAF_ERROR(weight << " is taken");
}

CAF_TEST(a text comes back whole) {
  std::mt19937 random{7};
  std::string noise(3 << 20, '\0');
  for (auto& c : noise)
    c = static_cast<char>(random());
  for (auto& text : {std::string{}, std::string{"a"}, std::string(100'000, 'x'),
                     noise}) {
    gunzip reader;
    CAF_CHECK(reader.take(gzipped(text)) == text);
    CAF_CHECK(reader.ended());
  }
  CAF_CHECK(gzipped(std::string(100'000, 'x')).size() < 1'000);
}

CAF_TEST(a reader of a stream has each text when its piece has come) {
  gzip_stream stream;
  gunzip reader;
  std::mt19937 random{11};
  for (size_t i = 0; i < 300; ++i) {
    auto text = "event " + std::to_string(i)
                + std::string(random() % 3'000, 'e')
                + std::to_string(random());
    auto piece = stream.piece(text);
    CAF_REQUIRE(reader.take(piece) == text);
  }
  CAF_CHECK_EQUAL(reader.take(stream.piece("")), "");
  CAF_CHECK(!reader.ended());
}

CAF_TEST(a text that repeats the one before costs next to nothing) {
  std::mt19937 random{13};
  std::string text;
  while (text.size() < 6'000)
    text += std::to_string(random()) + ",";
  gzip_stream stream;
  auto first = stream.piece(text).size();
  CAF_CHECK(stream.piece(text).size() * 10 < first);
}

CAF_TEST(a stream keeps no more than it says whatever goes through it) {
  gzip_stream stream;
  auto begun = stream.memory();
  CAF_CHECK(begun > 0);
  CAF_CHECK(begun <= gzip_stream::memory_max);
  for (int i = 0; i < 20; ++i)
    stream.piece(std::string(1 << 20, static_cast<char>('a' + i)));
  CAF_CHECK_EQUAL(stream.memory(), begun);
}

CAF_TEST(a stream may be moved while it runs) {
  gunzip reader;
  gzip_stream one;
  CAF_CHECK_EQUAL(reader.take(one.piece("before ")), "before ");
  gzip_stream two{std::move(one)};
  CAF_CHECK_EQUAL(reader.take(two.piece("after")), "after");
}

} // namespace CAF_SUITE
