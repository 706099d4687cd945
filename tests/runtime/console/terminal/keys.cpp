#define CAF_SUITE runtime_console_terminal_keys
#include "test.hpp"

#include "runtime/console/terminal/tables.hpp"
#include "runtime/console/terminal/terminal_fixture.hpp"

namespace CAF_SUITE {

using namespace observer::terminal;

namespace {

struct fixture : observer::test::terminal_fixture {
  std::vector<std::string> rows() {
    std::vector<std::string> out;
    for (auto& r : table_of(v, p).rows)
      out.push_back(r.id);
    return out;
  }
  std::string first() {
    return rows().front();
  }
  std::string last() {
    return rows().back();
  }
};

using strings = std::vector<std::string>;
using code = key::code;

} // namespace

CAF_TEST_FIXTURE_SCOPE(key_tests, fixture)

CAF_TEST(digits and arrows turn to a tab) {
  press(U'3');
  CAF_CHECK(v.shown == tab::actors);
  press(code::right);
  CAF_CHECK(v.shown == tab::journal);
  press(code::tab);
  press(code::tab);
  CAF_CHECK(v.shown == tab::recording);
  press(code::left);
  CAF_CHECK(v.shown == tab::events);
}

CAF_TEST(q leaves but not while text is typed) {
  CAF_CHECK(press(U'q').quit);
  press(U'5');
  press(U'/');
  CAF_CHECK(!press(U'q').quit);
  CAF_CHECK_EQUAL(v.table().filter, "q");
}

CAF_TEST(s sorts by one column after the other and S in reverse) {
  press(U'3');
  CAF_CHECK_EQUAL(first(), "guardian");
  press(U's');
  auto order = rows();
  CAF_CHECK_EQUAL(order, (strings{"collection", "feed", "feed/connection",
                                  "guardian"}));
  press(U'S');
  CAF_CHECK_EQUAL(first(), "guardian");
  CAF_CHECK_EQUAL(last(), "collection");
  CAF_CHECK(shows("actor▼"));
  // Numbers by value: 4 is less than 15.
  v.table().reverse = false;
  v.table().sort_column = 6;
  CAF_CHECK_EQUAL(first(), "feed");
  CAF_CHECK_EQUAL(last(), "feed/connection");
  auto columns = table_of(v, p).columns.size();
  v.table().sort_column = columns - 1;
  press(U's');
  CAF_CHECK(!v.table().sort_column);
}

CAF_TEST(the selection stays with its row when the order changes) {
  press(U'3');
  press(U'j');
  CAF_CHECK_EQUAL(v.table().selected, "feed");
  press(U's');
  CAF_CHECK_EQUAL(v.table().selected, "feed");
  press(U'k');
  CAF_CHECK_EQUAL(v.table().selected, "collection");
}

CAF_TEST(events of one moment can each be selected) {
  press(U'5');
  press(U'j');
  auto second = v.table().selected;
  press(U'j');
  CAF_CHECK(v.table().selected != second);
  CAF_CHECK_EQUAL(selected_index(table_of(v, p), v.table()), 2u);
}

CAF_TEST(events are filtered by cause or word in any case) {
  press(U'5');
  press(U'/');
  type("NO_reply");
  CAF_CHECK_EQUAL(rows().size(), 2u);
  press(code::enter);
  CAF_CHECK(shows("filter: NO_reply"));
  press(U'/');
  press(U'\x15');
  type("삼성");
  CAF_CHECK_EQUAL(rows().size(), 1u);
  press(code::backspace);
  CAF_CHECK_EQUAL(v.table().filter, "삼");
  press(code::escape);
  CAF_CHECK_EQUAL(v.table().filter, "NO_reply");
  press(code::escape);
  CAF_CHECK_EQUAL(rows().size(), 3u);
}

CAF_TEST(enter opens a slot and asks for its detail) {
  press(U'2');
  press(U'j');
  press(code::enter);
  CAF_CHECK_EQUAL(wanted(v).slot.value_or(-1), 1);
  CAF_CHECK(shows("slot 1 of session 1"));
  press(U'S');
  press(code::escape);
  CAF_CHECK(!wanted(v).slot);
  CAF_CHECK(!v.table().reverse);
}

CAF_TEST(an open actor that is gone is said) {
  press(U'3');
  press(code::enter);
  auto s = *p.status;
  s.actors.clear();
  p.status = std::make_shared<status>(s);
  CAF_CHECK(shows("guardian is gone"));
}

CAF_TEST(an action is sent only by y) {
  press(U'3');
  press(U'a');
  CAF_CHECK(shows("> restart the actor guardian"));
  press(code::enter);
  CAF_CHECK(shows("restart the actor guardian? y does it"));
  CAF_CHECK(!press(code::enter).send);
  CAF_CHECK(shows("not done"));
  press(U'a');
  press(code::enter);
  auto sent = press(U'y').send;
  CAF_REQUIRE(sent.has_value());
  CAF_CHECK_EQUAL(sent->name, "restart_actor");
  CAF_CHECK_EQUAL(sent->target, "guardian");
}

CAF_TEST(what an action lacks is asked for) {
  press(U'1');
  press(U'a');
  while (v.menu[v.menu_index].action.name != "pin")
    press(U'j');
  press(code::enter);
  CAF_CHECK(v.mode == mode::asking_target);
  press(code::enter);
  CAF_CHECK(v.mode == mode::asking_target);
  type("7");
  press(code::enter);
  type("005930");
  press(code::enter);
  CAF_CHECK(shows("register 005930 in slot 7? y does it"));
  auto sent = press(U'y').send;
  CAF_REQUIRE(sent.has_value());
  CAF_CHECK_EQUAL(sent->target + " " + sent->value, "7 005930");
}

CAF_TEST(what another slot holds is not registered twice) {
  auto s = *p.status;
  s.sessions[0].slots[1].tr_id = "H0NXCNT0";
  p.status = std::make_shared<status>(s);
  action pin{"pin", "7", "5930"};
  auto held = [&](std::string target, std::string value) {
    auto other = holder_of({"pin", target, value}, *p.status);
    return other ? other->index.value_or(-1) : -1;
  };
  CAF_CHECK_EQUAL(held("7", "5930"), 0);
  CAF_CHECK_EQUAL(held("7", "H0STCNT0:5930"), 0);
  CAF_CHECK_EQUAL(held("7", "H0NXCNT0:5930"), -1);
  CAF_CHECK_EQUAL(held("7", "5931"), -1);
  CAF_CHECK_EQUAL(held("7", "H0NXCNT0:5931"), 1);
  // The slot itself may register it again.
  CAF_CHECK_EQUAL(held("0", "5930"), -1);
  press(U'2');
  press(U'G');
  press(U'a');
  press(code::enter);
  type("7");
  press(code::enter);
  type("5930");
  CAF_CHECK(!press(code::enter).send);
  CAF_CHECK(v.mode == mode::browsing);
  CAF_CHECK(shows("slot 0 holds 5930 already; release it there first"));
}

CAF_TEST(empty slots are one row that enter unfolds) {
  press(U'2');
  CAF_CHECK_EQUAL(rows().size(), 4u);
  CAF_CHECK_EQUAL(last(), empty_slots("session 1"));
  CAF_CHECK(shows("38 empty: 3–40"));
  // Last in whatever order.
  press(U'S');
  CAF_CHECK_EQUAL(last(), empty_slots("session 1"));
  v.table().sort_column = 0;
  CAF_CHECK_EQUAL(last(), empty_slots("session 1"));
  press(U'G');
  press(code::enter);
  CAF_CHECK(v.opened.empty());
  CAF_CHECK_EQUAL(rows().size(), 41u);
  press(code::escape);
  CAF_CHECK_EQUAL(rows().size(), 4u);
}

CAF_TEST(a filter finds the words of the wire in Korean too) {
  v.language = language::korean;
  press(U'5');
  press(U'/');
  type("no_reply");
  CAF_CHECK_EQUAL(rows().size(), 2u);
  CAF_CHECK(shows("응답 없음"));
  v.table().filter.clear();
  press(code::enter);
  press(U'2');
  press(U'/');
  type("H0STCNT0");
  CAF_CHECK_EQUAL(rows().size(), 3u);
}

CAF_TEST(only what the daemon offers is in the menu) {
  press(U'a');
  for (auto& entry : v.menu)
    CAF_CHECK(entry.action.name != "crash_writer"
              && entry.action.name != "reconnect");
  press(code::escape);
  p.permissions.reset();
  press(U'a');
  CAF_CHECK(v.mode == mode::browsing);
  CAF_CHECK(shows("offers no actions"));
}

CAF_TEST(a notice stays until the next key) {
  p.notice = {notice::kind::accepted, {"release", "3", ""}, "did it", {}, 1};
  CAF_CHECK(shows("did it"));
  press(U'2');
  CAF_CHECK(!shows("did it"));
  p.notice = {notice::kind::restarted, {}, "r2", {}, 2};
  CAF_CHECK(shows("the daemon was restarted: run r2"));
}

CAF_TEST(the result of an action is in the language of the reader) {
  v.language = language::korean;
  action release{"release", "3", ""};
  p.notice = {notice::kind::accepted, release, "slot 3 lets go", {}, 1};
  CAF_CHECK(shows("접수됨: 슬롯 3 해제"));
  CAF_CHECK(!shows("lets go"));
  // The daemon's own reason is quoted.
  p.notice = {notice::kind::failed, release, "", {400, "slot 3 is not up"}, 2};
  CAF_CHECK(shows("접수되지 않음: 슬롯 3 해제: HTTP 400 응답: "
                  "“slot 3 is not up”"));
}

CAF_TEST(keys without anything to show do no harm) {
  p.status.reset();
  p.permissions.reset();
  for (auto t : {U'1', U'2', U'3', U'4', U'5'}) {
    press(t);
    for (auto k : {U'j', U'k', U's', U'S', U'g', U'G', U'a', U'x'})
      press(k);
    for (auto k : {code::enter, code::page_down, code::page_up, code::home,
                   code::end, code::escape, code::backspace})
      press(k);
  }
  CAF_CHECK(v.mode == mode::browsing);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
