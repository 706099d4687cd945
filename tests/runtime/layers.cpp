#define CAF_SUITE runtime_layers
#include "test.hpp"

#include <filesystem>
#include <fstream>
#include <regex>

namespace CAF_SUITE {

namespace {

namespace fs = std::filesystem;

/// Includes of other layers in the sources of one: `file: #include "…"`.
std::vector<std::string> includes_of(const std::string& layer,
                                     const std::string& forbidden) {
  std::regex wanted{"^\\s*#\\s*include\\s*\"(" + forbidden + ")/"};
  std::vector<std::string> found;
  size_t files = 0;
  fs::path root = OBSERVER_SOURCE_DIR;
  for (auto& entry : fs::recursive_directory_iterator(root / layer)) {
    auto extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp")
      continue;
    ++files;
    std::ifstream in{entry.path()};
    for (std::string line; std::getline(in, line);)
      if (std::regex_search(line, wanted))
        found.push_back(entry.path().filename().string() + ": " + line);
  }
  CAF_CHECK(files > 5);
  return found;
}

} // namespace

CAF_TEST(messages include neither actors nor runtime) {
  CAF_CHECK_EQUAL(includes_of("messages", "actors|runtime|tests"),
                  std::vector<std::string>{});
}

CAF_TEST(actors do not include runtime) {
  CAF_CHECK_EQUAL(includes_of("actors", "runtime|tests"),
                  std::vector<std::string>{});
}

CAF_TEST(the check sees an include that points the wrong way) {
  CAF_CHECK(!includes_of("runtime", "actors").empty());
}

CAF_TEST(the top level holds the folders of the plan and nothing else) {
  std::set<std::string> allowed{"messages", "actors",        "runtime",
                                "tests",    "config",        "docker",
                                "build",    "data",          "README.md",
                                "CMakeLists.txt", "CMakePresets.json"};
  for (auto& entry : fs::directory_iterator(OBSERVER_SOURCE_DIR)) {
    auto name = entry.path().filename().string();
    CAF_CHECK(name.starts_with('.') || allowed.contains(name));
  }
}

} // namespace CAF_SUITE
