#define CAF_SUITE runtime_settings_readme
#include "test.hpp"

#include "runtime/settings/load.hpp"
#include "runtime/settings/text.hpp"

#include <fstream>
#include <sstream>

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(the settings table of the README is what the program writes) {
  std::ifstream in{OBSERVER_SOURCE_DIR "/README.md"};
  std::ostringstream buffer;
  buffer << in.rdbuf();
  auto readme = buffer.str();
  auto begin_mark = std::string{"<!-- settings -->\n"};
  auto begin = readme.find(begin_mark);
  auto end = readme.find("<!-- /settings -->");
  if (begin == readme.npos || end == readme.npos) {
    CAF_MESSAGE("README.md has no settings table");
    return;
  }
  begin += begin_mark.size();
  auto table = readme.substr(begin, end - begin);
  if (table != settings_markdown())
    CAF_FAIL("put the output of settings_markdown() between the marks; it is:\n"
             << settings_markdown());
}

} // namespace CAF_SUITE
