#define CAF_SUITE runtime_settings_nearest
#include "test.hpp"

#include "runtime/settings/nearest.hpp"

#include <vector>

namespace CAF_SUITE {

using namespace observer;

namespace {

const std::vector<std::string> names{"feed.symbols", "service.port",
                                     "log.level", "log.format"};

} // namespace

CAF_TEST(a slip of the finger finds what was meant) {
  for (auto slip : {"feed.symbol", "feed.symbolss", "fed.symbols",
                    "feed.smybols", "feed.symbals"})
    CAF_CHECK_EQUAL(nearest(slip, names), "feed.symbols");
  CAF_CHECK_EQUAL(nearest("log.levle", names), "log.level");
  CAF_CHECK_EQUAL(suggestion("servce.port", names),
                  "; did you mean service.port?");
}

CAF_TEST(what is far from all finds nothing) {
  CAF_CHECK_EQUAL(nearest("kafka.brokers", names), "");
  CAF_CHECK_EQUAL(nearest("", names), "");
  CAF_CHECK_EQUAL(nearest(std::string(100'000, 'x'), names), "");
  CAF_CHECK_EQUAL(suggestion("zzz", names), "");
}

CAF_TEST(a word that is none of the choices is told with them) {
  std::vector<std::string> words{"bash", "zsh", "fish"};
  CAF_CHECK_EQUAL(fault_of_choice("zsh", words), "");
  CAF_CHECK_EQUAL(fault_of_choice("fsih", words),
                  "\"fsih\" is none of bash, zsh, fish; did you mean fish?");
  CAF_CHECK_EQUAL(fault_of_choice("", words),
                  "\"\" is none of bash, zsh, fish");
}

CAF_TEST(a word that is no number is told with what is wanted) {
  for (auto good : {"0.5", "500", "1e3"})
    CAF_CHECK_EQUAL(fault_of_number(good, true), "");
  CAF_CHECK_EQUAL(fault_of_number("0", false), "");
  CAF_CHECK_EQUAL(fault_of_number("0", true), "\"0\" is not a number above 0");
  for (auto bad : {"abc", "", "-1", "1,000", "1s", "inf", "nan", " 1"})
    CAF_CHECK_EQUAL(fault_of_number(bad, false),
                    "\"" + std::string{bad} + "\" is not a number of 0 or more");
}

} // namespace CAF_SUITE
