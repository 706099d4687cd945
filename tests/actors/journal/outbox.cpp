#define CAF_SUITE actors_journal_outbox
#include "test.hpp"

#include "actors/journal/outbox.hpp"
#include "messages/korean_time.hpp"
#include "support/journal_lines.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::test;

namespace {

constexpr int slot = 3;

struct fixture {
  fixture() {
    box.begin_session(make_session(1));
  }

  void add(int lines = 1) {
    for (int i = 0; i < lines; ++i)
      add_line(box, dataset::scalp, slot, now_us);
  }
  void flush() {
    box.flush([this](const line_batch_ptr& b) { sent.push_back(b); });
  }
  void resend() {
    box.resend([this](const line_batch_ptr& b) { sent.push_back(b); });
  }
  void acknowledge(uint32_t session, uint64_t last_seq) {
    box.acknowledge({dataset::scalp, session, 1, last_seq, nullptr},
                    [this](const line_batch& b) {
                      let_go += " " + words(b);
                    });
  }

  /// "s1:1-3": session and range.
  static std::string words(const line_batch& b) {
    return "s" + std::to_string(b.session->number) + ":"
           + std::to_string(b.first_seq) + "-" + std::to_string(b.last_seq());
  }
  /// What was sent since the last call.
  std::string now_sent() {
    std::string out;
    for (auto& b : std::exchange(sent, {}))
      out += (out.empty() ? "" : " ") + words(*b);
    return out;
  }

  std::shared_ptr<byte_budget> budget
    = std::make_shared<byte_budget>(1'000'000);
  outbox box{dataset::scalp, slot, budget};
  std::vector<line_batch_ptr> sent;
  std::string let_go;
  int64_t now_us = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(outbox_tests, fixture)

CAF_TEST(lines are numbered through all batches) {
  add(2);
  flush();
  add(3);
  flush();
  CAF_CHECK_EQUAL(now_sent(), "s1:1-2 s1:3-5");
}

CAF_TEST(a flush sends what was not sent and nothing else) {
  add(1);
  flush();
  flush();
  CAF_CHECK_EQUAL(now_sent(), "s1:1-1");
}

CAF_TEST(a resend sends all that is kept in its order) {
  add(1);
  flush();
  add(2);
  flush();
  add(1);
  now_sent();
  resend();
  CAF_CHECK_EQUAL(now_sent(), "s1:1-1 s1:2-3 s1:4-4");
  flush();
  CAF_CHECK_EQUAL(now_sent(), "");
}

CAF_TEST(a new session begins at one and the former is kept) {
  add(2);
  box.begin_session(make_session(2));
  add(1);
  flush();
  CAF_CHECK_EQUAL(now_sent(), "s1:1-2 s2:1-1");
}

CAF_TEST(an acknowledgement lets go what it covers) {
  add(2);
  flush();
  add(2);
  flush();
  acknowledge(1, 2);
  CAF_CHECK_EQUAL(let_go, " s1:1-2");
  CAF_CHECK(!box.empty());
  acknowledge(1, 4);
  CAF_CHECK_EQUAL(let_go, " s1:1-2 s1:3-4");
  CAF_CHECK(box.empty());
}

CAF_TEST(a batch that is covered in part is kept) {
  add(4);
  flush();
  acknowledge(1, 3);
  CAF_CHECK_EQUAL(let_go, "");
  CAF_CHECK(!box.empty());
}

CAF_TEST(the word of a former session leaves the present one alone) {
  add(1);
  box.begin_session(make_session(2));
  add(1);
  flush();
  acknowledge(1, 1);
  CAF_CHECK_EQUAL(let_go, " s1:1-1");
  CAF_CHECK_EQUAL(box.batches(), 1u);
}

CAF_TEST(the word of the present session is heard before the former one) {
  add(2);
  box.begin_session(make_session(2));
  add(1);
  flush();
  acknowledge(2, 1);
  CAF_CHECK_EQUAL(let_go, " s2:1-1");
  acknowledge(1, 2);
  CAF_CHECK_EQUAL(let_go, " s2:1-1 s1:1-2");
  CAF_CHECK(box.empty());
}

CAF_TEST(an acknowledgement does not make the unsent sent) {
  add(1);
  flush();
  add(1);
  box.begin_session(make_session(2)); // closes a batch without sending it
  now_sent();
  acknowledge(1, 1);
  flush();
  CAF_CHECK_EQUAL(now_sent(), "s1:2-2");
}

CAF_TEST(an acknowledgement of what is kept unsent leaves the rest unsent) {
  add(1);
  box.begin_session(make_session(2));
  add(1);
  acknowledge(1, 1);
  flush();
  CAF_CHECK_EQUAL(now_sent(), "s2:1-1");
}

CAF_TEST(a batch stays within the hour of its file) {
  now_us = parse_timestamp("2026-09-14T10:59:59.999999+09:00").value();
  add(2);
  now_us += 1;
  add(1);
  flush();
  CAF_CHECK_EQUAL(now_sent(), "s1:1-2 s1:3-3");
}

CAF_TEST(a batch has one registration) {
  add(1);
  box.open(now_us, registration{kis::tr::h0stcnt0, "000660"}).text += "x\n";
  box.line_added();
  flush();
  CAF_REQUIRE_EQUAL(sent.size(), 2u);
  CAF_CHECK(sent[0]->what == samsung);
  CAF_CHECK_EQUAL(sent[1]->what->symbol, "000660");
}

CAF_TEST(a large batch is closed) {
  box.open(now_us, samsung).text += std::string(300'000, 'x') + "\n";
  box.line_added();
  add(1);
  flush();
  CAF_CHECK_EQUAL(now_sent(), "s1:1-1 s1:2-2");
}

CAF_TEST(times are the first and the last though the clock steps back) {
  auto begin = now_us + 50;
  now_us += 100;
  add();
  now_us = begin;
  add();
  flush();
  CAF_CHECK_EQUAL(sent[0]->first_received_us, begin);
  CAF_CHECK_EQUAL(sent[0]->last_received_us, begin + 50);
}

CAF_TEST(each line is charged at once and given back when it is durable) {
  add(1);
  auto one = budget->used();
  CAF_CHECK(one > 0);
  add(1);
  CAF_CHECK_EQUAL(budget->used(), 2 * one);
  flush();
  CAF_CHECK_EQUAL(budget->used(), 2 * one);
  resend();
  CAF_CHECK_EQUAL(budget->used(), 2 * one);
  acknowledge(1, 2);
  CAF_CHECK_EQUAL(budget->used(), 0u);
}

CAF_TEST(what was appended without line_added is dropped) {
  add(1);
  auto& batch = box.open(now_us, samsung);
  batch.text += "half a li";
  batch.gaps.push_back({2, "005930", cause::none, 1});
  add(1);
  flush();
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK_EQUAL(sent[0]->lines, 2u);
  CAF_CHECK(sent[0]->gaps.empty());
  CAF_CHECK(sent[0]->text.find("half") == std::string::npos);
}

CAF_TEST(a batch of half a line is none) {
  box.open(now_us, samsung).text += "half a li";
  CAF_CHECK(box.empty());
  flush();
  CAF_CHECK_EQUAL(now_sent(), "");
  CAF_CHECK(box.empty());
  CAF_CHECK_EQUAL(box.next_seq(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
