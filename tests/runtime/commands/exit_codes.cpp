#define CAF_SUITE runtime_commands_exit_codes
#include "test.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "messages/kis/samples.hpp"
#include "runtime/commands/shell_line.hpp"
#include "runtime/simulate/server.hpp"
#include "runtime/storage/data_directory.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

// The executable as a user meets it: bad input ends, or is tried again, with
// one clear line that says what to do.

using namespace observer;

namespace {

constexpr auto app_key = "CANARY-app-key";
constexpr auto app_secret = "CANARY-app-secret";

/// Standard output and standard error, unless they are led elsewhere.
struct outcome : test::shell_outcome {
  bool says(const std::string& words) const {
    return text.find(words) != std::string::npos;
  }
  size_t lines() const {
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  }
};

struct fixture {
  test::temporary_directory dir;

  std::string path(const std::string& name) const {
    return (std::filesystem::path{dir.path()} / name).string();
  }
  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream{path(name)} << content;
    return path(name);
  }
  /// Runs the executable in the directory with only this environment.
  outcome run(const std::string& arguments, const std::string& environment = "",
              const std::string& redirections = "2>&1 </dev/null") const {
    auto command = "cd " + std::string{dir.path()} + " && env -i PATH=/usr/bin "
                   + environment + " " + OBSERVER_EXECUTABLE + " " + arguments
                   + " " + redirections;
    return {test::run_shell_line(command)};
  }
  static std::string keys() {
    return std::string{"KIS_APP_KEY="} + app_key + " KIS_APP_SECRET="
           + app_secret + " OBSERVER_SYMBOLS=005930";
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(commands, fixture)

CAF_TEST(a wrong type in the file names key and value and line) {
  auto toml = file("o.toml", "[service]\nport = \"many\"\n");
  auto o = run("run --config " + toml, keys());
  CAF_CHECK_EQUAL(o.status, 2);
  CAF_CHECK_EQUAL(o.lines(), 1u);
  CAF_CHECK(o.says("service.port"));
  CAF_CHECK(o.says("many"));
  CAF_CHECK(o.says("2"));
}

CAF_TEST(an unknown key is an error) {
  auto toml = file("o.toml", "[feed]\nsymbol = [\"005930\"]\n");
  auto o = run("run --config " + toml, keys());
  CAF_CHECK_EQUAL(o.status, 2);
  CAF_CHECK_EQUAL(o.lines(), 1u);
  CAF_CHECK(o.says("feed.symbol"));
}

CAF_TEST(a missing app key says where it goes) {
  auto o = run("run", "OBSERVER_SYMBOLS=005930");
  CAF_CHECK_EQUAL(o.status, 2);
  CAF_CHECK_EQUAL(o.lines(), 1u);
  CAF_CHECK(o.says("KIS_APP_KEY"));
}

CAF_TEST(no symbols is an error that says how to name some) {
  auto o = run("run", "KIS_APP_KEY=a KIS_APP_SECRET=b");
  CAF_CHECK_EQUAL(o.status, 2);
  CAF_CHECK_EQUAL(o.lines(), 1u);
  CAF_CHECK(o.says("OBSERVER_SYMBOLS"));
}

CAF_TEST(a data directory that cannot be made says path and reason) {
  auto blocked = file("blocked", "a file");
  auto o = run("run --port 0 --data-dir " + blocked + "/data", keys());
  CAF_CHECK_EQUAL(o.status, 1);
  CAF_CHECK_EQUAL(o.lines(), 1u);
  CAF_CHECK(o.says(blocked));
  CAF_CHECK(o.says("OBSERVER_DATA_DIR"));
}

CAF_TEST(a data directory serves one daemon) {
  auto lock = claim_data_directory(path("data"));
  CAF_REQUIRE(lock.has_value());
  auto o = run("run --data-dir " + path("data"), keys());
  CAF_CHECK_EQUAL(o.status, 1);
  CAF_CHECK(o.says("in use by another observer"));
}

CAF_TEST(a port in use is named) {
  simulate_options options;
  options.rest_port = options.ws_port = 0;
  options.quiet = true;
  simulated_exchange exchange;
  CAF_REQUIRE(!exchange.start(options));
  auto o = run("simulate --ws-port 0 --rest-port "
               + std::to_string(exchange.rest_port()));
  CAF_CHECK_EQUAL(o.status, 1);
  CAF_CHECK(o.says(std::to_string(exchange.rest_port())));
}

CAF_TEST(a host that does not resolve is said and tried again) {
  auto o = run("run --seconds 3 --base-url http://no-such-host.invalid:1 "
               "--data-dir "
                 + path("data"),
               keys());
  CAF_CHECK_EQUAL(o.status, 0);
  CAF_CHECK(o.says("no-such-host.invalid"));
  CAF_CHECK(o.says("does not resolve"));
  CAF_CHECK(o.says("next attempt in"));
}

CAF_TEST(a server that is no WebSocket is said) {
  simulate_options options;
  options.rest_port = options.ws_port = 0;
  options.quiet = true;
  options.appkeys = {app_key};
  options.appsecrets = {app_secret};
  simulated_exchange exchange;
  CAF_REQUIRE(!exchange.start(options));
  auto o = run("run --seconds 2 --base-url " + exchange.rest_url()
                 + " --websocket-url ws://127.0.0.1:"
                 + std::to_string(exchange.rest_port()) + " --data-dir "
                 + path("data"),
               keys());
  CAF_CHECK_EQUAL(o.status, 0);
  CAF_CHECK(o.says("KIS_WEBSOCKET_URL"));
}

CAF_TEST(a refused app key is said without being shown) {
  simulate_options options;
  options.rest_port = options.ws_port = 0;
  options.quiet = true;
  simulated_exchange exchange;
  CAF_REQUIRE(!exchange.start(options));
  auto o = run("run --seconds 2 --log-level trace --base-url "
                 + exchange.rest_url() + " --websocket-url "
                 + exchange.websocket_url() + " --data-dir " + path("data"),
               keys());
  CAF_CHECK(o.says("EGW00103"));
  CAF_CHECK(o.says("check KIS_APP_KEY"));
  CAF_CHECK(!o.says("CANARY"));
}

CAF_TEST(the effective settings do not show secrets) {
  auto o = run("config", keys());
  CAF_CHECK_EQUAL(o.status, 0);
  CAF_CHECK(o.says("kis.app_key"));
  CAF_CHECK(!o.says("CANARY"));
}

CAF_TEST(a recording by the executable ends in order and audits) {
  simulate_options options;
  options.rest_port = options.ws_port = 0;
  options.quiet = true;
  options.appkeys = {app_key};
  options.appsecrets = {app_secret};
  simulated_exchange exchange;
  CAF_REQUIRE(!exchange.start(options));
  auto o = run("run --seconds 3 --base-url " + exchange.rest_url()
                 + " --websocket-url " + exchange.websocket_url()
                 + " --data-dir " + path("data"),
               keys());
  CAF_CHECK_EQUAL(o.status, 0);
  CAF_CHECK(o.says("[저장] 005930 "));
  CAF_CHECK(o.says("[ledger] final received="));
  CAF_CHECK(!o.says("CANARY"));
  auto audit = run("audit --closed " + path("data"));
  CAF_CHECK_EQUAL(audit.status, 0);
  CAF_CHECK(audit.says("verdict: sound"));
}

CAF_TEST(the last line of the ledger is said at every level of the log) {
  auto o = run("run --seconds 1 --port 0 --log-level critical --data-dir "
                 + path("data") + " --base-url http://127.0.0.1:1",
               keys());
  CAF_CHECK_EQUAL(o.status, 0);
  CAF_CHECK(o.says("info  [ledger] final received=0"));
  CAF_CHECK(!o.says("stopping"));
}

CAF_TEST(output that nobody gets is no success) {
  auto data = path("data");
  CAF_REQUIRE_EQUAL(run("run --seconds 1 --port 0 --data-dir " + data
                          + " --base-url http://127.0.0.1:1",
                        keys())
                      .status,
                    0);
  for (auto arguments :
       {std::string{"--help"}, std::string{"--version"}, std::string{"-V"},
        std::string{"help"}, std::string{"man"}, std::string{"completion bash"},
        std::string{"config"},
        std::string{"config --json"}, std::string{"config --example"},
        "audit " + data, "audit --json " + data, std::string{"simulate --help"},
        std::string{"simulate --rest-port 0 --ws-port 0 --quiet"}}) {
    auto full = run(arguments, keys(), "2>&1 >/dev/full </dev/null");
    CAF_MESSAGE(arguments << ": " << full.text);
    CAF_CHECK_EQUAL(full.status, 2);
    CAF_CHECK(full.says("standard output could not be written"));
    auto closed = run(arguments, keys(), "2>&1 >&- </dev/null");
    CAF_CHECK_EQUAL(closed.status, 2);
    CAF_CHECK(closed.says("standard output could not be written"));
  }
  auto frames = file("frames", std::string{samples::trades_46[1]} + "\n");
  auto decoded = run("decode " + frames, "", "2>&1 >/dev/full </dev/null");
  CAF_CHECK_EQUAL(decoded.status, 2);
  CAF_CHECK(decoded.says("No space left"));
}

CAF_TEST(a start that fails says its status though nobody hears why) {
  for (auto redirections :
       {"2>/dev/full >/dev/null </dev/null", "2>&- >&- <&-"}) {
    CAF_CHECK_EQUAL(run("run", "OBSERVER_SYMBOLS=005930", redirections).status,
                    2);
    CAF_CHECK_EQUAL(run("run --progress --data-dir /proc/none", keys(),
                        redirections)
                      .status,
                    1);
    CAF_CHECK_EQUAL(run("simulate --rate -1", "", redirections).status, 2);
    CAF_CHECK_EQUAL(run("simulate --host 192.0.2.1", "", redirections).status,
                    2);
  }
}

CAF_TEST(an unknown option ends with status 2) {
  CAF_CHECK_EQUAL(run("run --no-such-option").status, 2);
  CAF_CHECK_EQUAL(run("").status, 2);
  CAF_CHECK_EQUAL(run("--help").status, 0);
}

CAF_TEST(a mistyped line ends with one line and status 2) {
  for (auto arguments : {"aduit data", "run --symbls 005930", "decode a b",
                         "audit", "help aduit", "completion zhs"}) {
    auto o = run(arguments);
    CAF_MESSAGE(o.text);
    CAF_CHECK_EQUAL(o.status, 2);
    CAF_CHECK_EQUAL(o.lines(), 1u);
    CAF_CHECK(o.says("--help says more"));
  }
  auto json = run("run --symbls 005930", "LOG_FORMAT=json");
  CAF_CHECK(json.says("\"logger\":\"observer run\""));
  CAF_CHECK(json.says("did you mean --symbols?"));
}

CAF_TEST(flags are judged in the order in which they were typed) {
  auto o = run("run --symbols bad --port many", keys());
  CAF_CHECK(o.says("feed.symbols"));
  o = run("run --port many --symbols bad", keys());
  CAF_CHECK(o.says("service.port"));
}

CAF_TEST(examples without a side effect run) {
  for (auto arguments : {"config", "config --example", "config --port 9000 --json",
                         "help audit", "completion bash", "completion zsh",
                         "completion fish", "man", "-V", "-h", "help"})
    CAF_CHECK_EQUAL(run(arguments).status, 0);
  // No folder of that name here, nor a recorder at the port.
  CAF_CHECK_EQUAL(run("audit --day 2026-09-14 --explain data").status, 2);
  std::filesystem::create_directories(path("data/scalp"));
  CAF_CHECK_EQUAL(run("audit --day 2026-09-14 --explain data").status, 0);
  CAF_CHECK_EQUAL(run("audit data").status, 0);
}

CAF_TEST(where the log is JSON every line on standard error is) {
  auto only_errors = "2>&1 >/dev/null </dev/null";
  auto blocked = file("blocked", "a file");
  auto toml = file("o.toml", "[log]\nformat = \"json\"\n[feed]\nnone = 1\n");
  struct start {
    std::string arguments, environment;
    int status;
  };
  for (auto& s : {
         start{"run", "LOG_FORMAT=json OBSERVER_SYMBOLS=005930", 2},
         start{"run --log-format json --port many", keys(), 2},
         start{"run --port many --log-format=JSON", keys(), 2},
         start{"run --log-format json --no-such-option", keys(), 2},
         start{"run --no-such-option", "LOG_FORMAT=json", 2},
         start{"run --config " + toml, keys(), 2},
         start{"run --data-dir " + blocked + "/data", "LOG_FORMAT=json " + keys(),
               1},
         // Warnings of settings, progress, the log, last words.
         start{"run --progress --seconds 6 --port 0 --base-url http://127.0.0.1:1 "
               "--data-dir " + path("data"),
               "LOG_FORMAT=json DB_PORT=x " + keys(), 0},
         start{"demo --seconds 6 --port 0 --symbols 3", "LOG_FORMAT=json", 0},
         start{"simulate --rate -1", "LOG_FORMAT=json", 2},
         start{"simulate --host 192.0.2.1", "LOG_FORMAT=json", 2},
         start{"console --once http://127.0.0.1:1", "LOG_FORMAT=json", 2},
         start{"console --once nothing", "LOG_FORMAT=json", 2},
       }) {
    auto o = run(s.arguments, s.environment, only_errors);
    CAF_MESSAGE(s.arguments << ": " << o.text);
    CAF_CHECK_EQUAL(o.status, s.status);
    CAF_CHECK(o.lines() > 0);
    std::istringstream lines{o.text};
    for (std::string line; std::getline(lines, line);) {
      auto j = nlohmann::json::parse(line, nullptr, false);
      CAF_CHECK(j.is_object());
      for (auto key : {"time", "level", "logger", "text"})
        CAF_CHECK(j.is_object() && j.contains(key));
    }
  }
}

CAF_TEST(a key file that is a pipe ends the start and does not hang it) {
  auto pipe = path("pipe");
  ::mkfifo(pipe.c_str(), 0600);
  for (auto& where : {pipe, std::string{"/dev/zero"}, path("")}) {
    auto o = run("run", "KIS_APP_KEY_FILE=" + where
                          + " KIS_APP_SECRET=b OBSERVER_SYMBOLS=005930");
    CAF_CHECK_EQUAL(o.status, 2);
    CAF_CHECK_EQUAL(o.lines(), 1u);
    CAF_CHECK(o.says("KIS_APP_KEY_FILE"));
  }
  auto o = run("console --once --token-file " + pipe);
  CAF_CHECK_EQUAL(o.status, 2);
  CAF_CHECK_EQUAL(o.lines(), 1u);
}

CAF_TEST(a folder in quotes is the folder and a word about it) {
  auto o = run("run --seconds 1 --port 0 --base-url http://127.0.0.1:1",
               "OBSERVER_DATA_DIR='\"" + path("quoted") + "\" ' " + keys());
  CAF_CHECK_EQUAL(o.status, 0);
  CAF_CHECK(o.says("data.dir (environment OBSERVER_DATA_DIR): taken without"));
  CAF_CHECK(std::filesystem::is_directory(path("quoted")));
}

CAF_TEST(a short token keeps nobody out and is refused where others come) {
  auto o = run("run", "OBSERVER_SERVICE_ADDRESS=0.0.0.0 "
                      "OBSERVER_SERVICE_TOKEN=CANARY-short "
                        + keys());
  CAF_CHECK_EQUAL(o.status, 2);
  CAF_CHECK_EQUAL(o.lines(), 1u);
  CAF_CHECK(o.says("openssl rand -hex 16"));
  CAF_CHECK(!o.says("CANARY"));
}

CAF_TEST(a key that is given where none belongs is not shown) {
  for (auto& arguments :
       {"run " + std::string{app_key}, "run --log-level " + std::string{app_key},
        "run --port=" + std::string{app_secret}, std::string{app_key},
        "audit " + std::string{app_secret},
        "decode " + std::string{app_key},
        "console --once http://u:" + std::string{app_secret} + "@h",
        std::string{"console --once u:CANARY-other@h"}}) {
    auto o = run(arguments, keys());
    CAF_MESSAGE(arguments << ": " << o.text);
    CAF_CHECK_EQUAL(o.status, 2);
    CAF_CHECK(!o.says("CANARY"));
  }
}

CAF_TEST(names from outside steer no terminal) {
  auto name = "\x1b[31m\u202e\xC2\x9B.jsonl";
  std::filesystem::create_directories(path("data/scalp"));
  file(std::string{"data/scalp/"} + name, "x\n");
  for (auto arguments : {"audit --verbose data", "audit --json data",
                         "decode data/scalp/", "audit data/scalp/"}) {
    auto target = std::string{arguments};
    if (target.ends_with("scalp/"))
      target = target.substr(0, target.size() - 11) + "'data/scalp/" + name
               + "none'";
    auto o = run(target);
    for (auto steering : {"\x1b", "\u202e", "\xC2\x9B"})
      CAF_CHECK(!o.says(steering));
    CAF_CHECK(o.says(".jsonl"));
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
