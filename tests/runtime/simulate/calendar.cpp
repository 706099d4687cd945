#define CAF_SUITE runtime_simulate_calendar
#include "test.hpp"

#include "runtime/simulate/calendar.hpp"

namespace CAF_SUITE {

using namespace observer::simulate;

namespace {

bool open(const calendar& x, std::string_view date,
          std::string_view today = "20260914") {
  return x.is_open(midnight_us(date).value(), today);
}

} // namespace

CAF_TEST(a date is a day that there is) {
  CAF_CHECK(midnight_us("20240229"));
  for (auto x : {"", "20260230", "20261301", "20260100", "2026-9-1", "abcdefgh",
                 "19691231"})
    CAF_CHECK(!midnight_us(x));
}

CAF_TEST(weekends and public holidays are closed) {
  calendar x{{}};
  for (auto date : {"20260911", "20260914", "20260922", "20261230"})
    CAF_CHECK(open(x, date));
  for (auto date : {"20260912", "20260913", "20261225", "20261231", "20260501",
                    "20251003"})
    CAF_CHECK(!open(x, date));
  // Chuseok from Thursday to Sunday, and the days in lieu of one.
  for (auto date : {"20260924", "20260925", "20260926", "20260927", "20261005",
                    "20270914"})
    CAF_CHECK(!open(x, date));
}

CAF_TEST(a day is closed on demand) {
  calendar x{{{"20260915"}, false}};
  CAF_CHECK(!open(x, "20260915"));
  CAF_CHECK(open(x, "20260916"));
}

CAF_TEST(today is open whatever day it is only where that is asked for) {
  CAF_CHECK(!open(calendar{{}}, "20260913", "20260913"));
  calendar x{{{"20260915"}, true}};
  CAF_CHECK(open(x, "20260913", "20260913"));
  CAF_CHECK(open(x, "20260915", "20260915"));
  CAF_CHECK(!open(x, "20260913", "20260914"));
}

CAF_TEST(a row tells trading by opnd_yn and never by tr_day_yn) {
  auto page = calendar{{}}.rows_from(midnight_us("20260912").value(),
                                     "20260914");
  auto& sunday = page.rows[1];
  CAF_CHECK_EQUAL(sunday["bass_dt"], "20260913");
  CAF_CHECK_EQUAL(sunday["wday_dvsn_cd"], "01");
  CAF_CHECK_EQUAL(sunday["tr_day_yn"], "Y");
  for (auto name : {"bzdy_yn", "opnd_yn", "sttl_day_yn"})
    CAF_CHECK_EQUAL(sunday[name], "N");
  auto& monday = page.rows[2];
  for (auto name : {"bzdy_yn", "tr_day_yn", "opnd_yn", "sttl_day_yn"})
    CAF_CHECK_EQUAL(monday[name], "Y");
  CAF_CHECK(page.more);
}

} // namespace CAF_SUITE
