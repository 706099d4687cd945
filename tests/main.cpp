// The test program's main: a quiet log, then CAF's runner. CAF's runner calls
// a run of no test a success; here a suite that does not exist is a failure.
#define CAF_TEST_NO_MAIN
#include <caf/test/unit_test_impl.hpp>

#include <iostream>
#include <regex>

#include <spdlog/spdlog.h>

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view{argv[i]} != "-s")
      continue;
    std::regex wanted{argv[i + 1]};
    size_t found = 0;
    for (auto& suite : caf::test::engine::available_suites())
      found += std::regex_search(suite, wanted);
    if (found == 0) {
      std::cerr << "no suite matches " << argv[i + 1] << "\n";
      return 1;
    }
  }
  return caf::test::main(argc, argv);
}
