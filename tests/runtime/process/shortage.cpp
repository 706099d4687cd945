#define CAF_SUITE runtime_process_shortage
#include "test.hpp"

#include <cerrno>
#include <system_error>

#include <sys/resource.h>

#include "runtime/process/shortage.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::string words_of(const std::exception_ptr& thrown) {
  return words_of_failed_start(thrown);
}

} // namespace

CAF_TEST(what can be had is no problem and is given back) {
  for (int i = 0; i < 3; ++i) {
    CAF_CHECK(!check_descriptors(20));
    CAF_CHECK(!check_threads(20));
  }
}

CAF_TEST(too few descriptors are told with the number that is needed) {
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  std::string needs;
  for (rlim_t limit : {64, 80}) {
    auto few = before;
    few.rlim_cur = limit;
    ::setrlimit(RLIMIT_NOFILE, &few);
    auto bad = check_descriptors(100);
    ::setrlimit(RLIMIT_NOFILE, &before);
    CAF_REQUIRE(bad.has_value());
    CAF_CHECK(contains(bad->text, "may have " + std::to_string(limit)
                                    + " descriptors (ulimit -n)"));
    auto number = bad->text.substr(bad->text.find("needs "));
    CAF_CHECK(needs.empty() || needs == number);
    needs = number;
  }
}

CAF_TEST(the limit of a process and that of a machine have their own remedies) {
  CAF_CHECK(contains(explain_descriptors(EMFILE), "ulimit -n"));
  CAF_CHECK(contains(explain_descriptors(ENFILE), "fs.file-max"));
  CAF_CHECK(!contains(explain_descriptors(ENFILE), "ulimit"));
  CAF_CHECK_EQUAL(explain_descriptors(EIO), "");
}

CAF_TEST(a start that failed is told with what to raise) {
  auto of = [](int code) {
    return words_of(std::make_exception_ptr(
      std::system_error{code, std::generic_category()}));
  };
  CAF_CHECK(contains(of(EAGAIN), "cannot make a thread"));
  CAF_CHECK(contains(of(EAGAIN), "ulimit -u"));
  CAF_CHECK(contains(of(EMFILE), "ulimit -n"));
  CAF_CHECK_EQUAL(words_of(std::make_exception_ptr(std::bad_alloc{})),
                  "cannot start: out of memory");
}

} // namespace CAF_SUITE
