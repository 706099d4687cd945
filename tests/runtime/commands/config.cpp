#define CAF_SUITE runtime_commands_config
#include "test.hpp"

#include "runtime/commands/config.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/settings/text.hpp"

#include <sstream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace CAF_SUITE {

using namespace observer;

namespace {

constexpr auto canary = "CANARY-0123456789abcdef";

struct fixture {
  /// Runs `observer config ARGUMENTS` with the environment of the test.
  void run(std::vector<std::string> arguments) {
    CLI::App app;
    auto config = app.add_subcommand("config");
    config_command_options options;
    add_config_command_options(*config, options);
    std::reverse(arguments.begin(), arguments.end());
    arguments.push_back("config");
    app.parse(arguments);
    config_sources sources;
    sources.flags = options.flags.values;
    if (options.flags.config_file)
      sources.file = *options.flags.config_file;
    sources.environment = environment;
    std::ostringstream out, err;
    code = run_config_command(options, sources, out, err);
    output = out.str();
    errors = err.str();
  }

  bool refuses(const std::vector<std::string>& arguments) {
    try {
      run(arguments);
      return false;
    } catch (const CLI::ParseError&) {
      return true;
    }
  }

  /// The line of a key without runs of blanks.
  std::string line(const std::string& key) {
    auto begin = output.find(key + " ");
    if (begin == output.npos)
      return "no line for " + key;
    std::istringstream words{
      output.substr(begin, output.find('\n', begin) - begin)};
    std::string text, word;
    while (words >> word)
      text += (text.empty() ? "" : " ") + word;
    return text;
  }

  std::map<std::string, std::string> environment;
  int code = -1;
  std::string output;
  std::string errors;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(config_command_tests, fixture)

CAF_TEST(each key is shown with its value and its source) {
  environment["LOG_LEVEL"] = "debug";
  environment["KIS_APP_KEY"] = canary;
  run({"--port", "9000", "--virtual", "--symbols=005930,000660"});
  CAF_CHECK_EQUAL(code, 0);
  CAF_CHECK_EQUAL(errors, "");
  CAF_CHECK_EQUAL(line("log.level"), "log.level debug environment LOG_LEVEL");
  CAF_CHECK_EQUAL(line("service.port"), "service.port 9000 flag --port");
  CAF_CHECK_EQUAL(line("kis.virtual"), "kis.virtual true flag --virtual");
  CAF_CHECK_EQUAL(line("kis.app_key"),
                  "kis.app_key **** environment KIS_APP_KEY");
  CAF_CHECK_EQUAL(line("kis.app_secret"),
                  "kis.app_secret (not set) default");
  CAF_CHECK_EQUAL(line("feed.symbols"),
                  "feed.symbols H0STCNT0:005930,H0STCNT0:000660 flag "
                  "--symbols");
  CAF_CHECK_EQUAL(line("feed.ack_deadline_ms"),
                  "feed.ack_deadline_ms 7000 ms default");
  CAF_CHECK_EQUAL(output.find("CANARY"), std::string::npos);
}

CAF_TEST(JSON has the types of the values) {
  environment["KIS_APP_SECRET"] = canary;
  run({"--json", "--track-b=false", "--data-dir", "/d\"\xff"});
  CAF_CHECK_EQUAL(code, 0);
  auto json = nlohmann::json::parse(output);
  CAF_CHECK(json["service.port"]["value"] == 8000);
  CAF_CHECK(json["service.port"]["source"] == "default");
  CAF_CHECK(json["track_b.enabled"]["value"] == false);
  CAF_CHECK(json["track_b.enabled"]["source"] == "flag --track-b");
  CAF_CHECK(json["kis.app_secret"]["value"] == "****");
  CAF_CHECK(json["kis.app_key"]["value"].is_null());
  CAF_CHECK(json["market.hours"]["value"]
            == nlohmann::json::array({"09:00-15:20"}));
  CAF_CHECK(json["feed.collect_us"]["unit"] == "us");
  CAF_CHECK_EQUAL(output.find("CANARY"), std::string::npos);
}

CAF_TEST(the example needs no good settings) {
  environment["LOG_LEVEL"] = "loud";
  run({"--example"});
  CAF_CHECK_EQUAL(code, 0);
  CAF_CHECK_EQUAL(output, example_toml());
}

CAF_TEST(a problem is one line and exit code 2) {
  run({"--port", "99999"});
  CAF_CHECK_EQUAL(code, 2);
  CAF_CHECK_EQUAL(output, "");
  CAF_CHECK_EQUAL(errors, "observer: service.port = \"99999\" (flag --port): "
                          "expected an integer from 0 to 65535\n");
  run({"--config", "/no/such/file.toml"});
  CAF_CHECK_EQUAL(code, 2);
  CAF_CHECK_EQUAL(errors, "observer: --config: there is no file "
                          "\"/no/such/file.toml\"\n");
}

CAF_TEST(a warning does not stop the output) {
  run({"--virtual", "--symbols", "H0UNCNT0:005930"});
  CAF_CHECK_EQUAL(code, 0);
  CAF_CHECK(errors.starts_with("observer: warning: feed.symbols"));
  CAF_CHECK_NOT_EQUAL(output, "");
}

CAF_TEST(the last of two equal flags holds and an empty list is a value) {
  environment["OBSERVER_SYMBOLS"] = "005930";
  run({"--port", "1", "--port", "2", "--symbols", ""});
  CAF_CHECK_EQUAL(line("service.port"), "service.port 2 flag --port");
  CAF_CHECK_EQUAL(line("feed.symbols"), "feed.symbols (none) flag --symbols");
}

CAF_TEST(there is no flag for a secret and no example in JSON) {
  std::vector<std::string> arguments{"--app-key", canary};
  CAF_CHECK(refuses(arguments));
  arguments = {"--app-secret", canary};
  CAF_CHECK(refuses(arguments));
  arguments = {"--json", "--example"};
  CAF_CHECK(refuses(arguments));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
