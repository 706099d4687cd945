#define CAF_SUITE actors_journal_journal_line
#include "actors/journal/journal_line.hpp"

#include "messages/korean_time.hpp"
#include "support/journal_lines.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::test;

CAF_TEST(the time of a line is read from its text) {
  auto ten = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();
  auto text
    = make_batch(dataset::scalp, make_session(1), 3, 1, 1, ten)->text;
  CAF_CHECK(line_time(text) == ten);
  CAF_CHECK(!line_time("{\"time\":1}"));
  CAF_CHECK(!line_time(text.substr(0, 30)));
}

} // namespace CAF_SUITE
