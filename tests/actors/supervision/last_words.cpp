#define CAF_SUITE actors_supervision_last_words
#include "test.hpp"

#include "actors/supervision/last_words.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace CAF_SUITE {

using namespace observer;

namespace {

/// What comes on standard error meanwhile.
template <class Work>
std::string said_by(Work work) {
  int ends[2];
  CAF_REQUIRE_EQUAL(::pipe(ends), 0);
  auto before = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  work();
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(ends[1]);
  std::string out(1'000, '\0');
  auto n = ::read(ends[0], out.data(), out.size());
  ::close(ends[0]);
  out.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return out;
}

} // namespace

CAF_TEST(last words have the form of the log) {
  auto speak = [] { say_last_words("out of memory: it ends"); };
  CAF_CHECK_EQUAL(said_by(speak), "observer: out of memory: it ends\n");
  last_words_in_json(true);
  auto line = said_by(speak);
  last_words_in_json(false);
  auto j = nlohmann::json::parse(line);
  CAF_CHECK_EQUAL(j["text"].get<std::string>(), "out of memory: it ends");
  CAF_CHECK_EQUAL(j["level"].get<std::string>(), "critical");
  auto time = j["time"].get<std::string>();
  CAF_CHECK_EQUAL(time.size(), 29u);
  CAF_CHECK(time.ends_with("+09:00"));
  CAF_CHECK_EQUAL(line.back(), '\n');
}

} // namespace CAF_SUITE
