#define CAF_SUITE runtime_commands_progress
#include "test.hpp"

#include "runtime/commands/progress.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(a narrow terminal has whole figures) {
  auto line = "12 received  11 on disk";
  CAF_CHECK_EQUAL(first_figures(line, 23), line);
  CAF_CHECK_EQUAL(first_figures(line, 22), "12 received");
  CAF_CHECK_EQUAL(first_figures(line, 11), "12 received");
  // Of the first alone what fits.
  CAF_CHECK_EQUAL(first_figures(line, 5), "12 re");
  CAF_CHECK_EQUAL(first_figures(line, 0), "");
}

} // namespace CAF_SUITE
