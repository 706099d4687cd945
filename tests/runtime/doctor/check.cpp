#define CAF_SUITE runtime_doctor_check
#include "test.hpp"

#include "runtime/doctor/check.hpp"

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

std::string told(const std::vector<doctor_check>& checks,
                 bool* left_behind = nullptr) {
  std::string out;
  run_checks(
    checks,
    [&](const check_line& line) {
      out += fmt::format("{} {} [{}]\n", to_string(line.state), line.name,
                         line.text);
    },
    left_behind);
  return out;
}

} // namespace

CAF_TEST(lines come in the order of the checks whichever is done first) {
  auto second_done = std::make_shared<std::promise<void>>();
  auto done = second_done->get_future().share();
  auto left = false;
  CAF_CHECK_EQUAL(told({{"a",
                         [done](check_report& r) {
                           done.wait();
                           r.ok("a", "1");
                           r.warn("a", "2");
                         }},
                        {"b",
                         [second_done](check_report& r) {
                           r.fail("b", "3");
                           r.skip("b", "4");
                           second_done->set_value();
                         }}},
                       &left),
                  "ok a [1]\nwarning a [2]\nfailed b [3]\nskipped b [4]\n");
  CAF_CHECK(!left);
}

CAF_TEST(a check that hangs is told with what it found and the others go on) {
  auto end = std::make_shared<std::promise<void>>();
  auto ended = end->get_future().share();
  auto left = false;
  auto text = told({{"disk",
                     [ended](check_report& r) {
                       r.ok("disk", "begun");
                       ended.wait();
                     },
                     50ms},
                    {"b", [](check_report& r) { r.ok("b", "there"); }}},
                   &left);
  CAF_CHECK(text.starts_with("ok disk [begun]\nfailed disk [not done within "
                             "0.05 s: "));
  CAF_CHECK(text.ends_with("ok b [there]\n"));
  CAF_CHECK(left);
  end->set_value();
}

CAF_TEST(a check that throws is a failure of that check) {
  auto text = told({{"a", [](check_report&) -> void {
                       throw std::runtime_error{"broken"};
                     }}});
  CAF_CHECK(text.starts_with("failed a [could not be looked at: "));
}

CAF_TEST(what is found steers no terminal and has an end) {
  check_report r;
  for (size_t i = 0; i < check_report::lines_max + 10; ++i)
    r.ok("a", "\x1b[2J" + std::string(5'000, 'x'));
  CAF_CHECK_EQUAL(r.lines().size(), check_report::lines_max);
  CAF_CHECK(r.lines()[0].text.find('\x1b') == std::string::npos);
  CAF_CHECK(r.lines()[0].text.size() < 1'100);
}

} // namespace CAF_SUITE
