#define CAF_SUITE runtime_settings_load
#include "test.hpp"

#include "runtime/settings/load.hpp"
#include "runtime/settings/text.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "messages/redact.hpp"
#include "runtime/settings/table.hpp"
#include "runtime/settings/value.hpp"

namespace CAF_SUITE {

using namespace observer;
namespace fs = std::filesystem;

namespace {

constexpr auto canary = "CANARY-0123456789abcdef";

struct fixture {
  fixture() {
    auto name = (fs::temp_directory_path() / "observer-config-XXXXXX").string();
    dir = mkdtemp(name.data());
  }
  ~fixture() {
    fs::remove_all(dir);
  }

  /// The settings file, named to the daemon by --config.
  void file(const std::string& text) {
    path = dir / "observer.toml";
    std::ofstream{path} << text;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    sources.file = path;
  }
  void environment(const std::string& name, const std::string& value) {
    sources.environment[name] = value;
  }
  void flag(const std::string& key, const std::string& value) {
    sources.flags[key] = value;
  }

  config loaded() {
    return load_config(sources).value();
  }
  /// The problem's text, with the folder of the test cut away.
  std::string trouble() {
    auto c = load_config(sources);
    if (c)
      return "no problem";
    auto text = c.error().text;
    CAF_CHECK_EQUAL(text.find('\n'), std::string::npos);
    CAF_CHECK_EQUAL(text.find(canary), std::string::npos);
    for (auto cut = dir.string() + "/"; text.find(cut) != text.npos;)
      text.erase(text.find(cut), cut.size());
    return text;
  }
  std::string source(const config& c, std::string_view key) {
    auto text = c.sources.find(key)->second;
    auto cut = text.find(dir.string() + "/");
    return cut == text.npos ? text : text.erase(cut, dir.string().size() + 1);
  }

  fs::path dir;
  fs::path path;
  config_sources sources;
};

bool has(const std::string& text, std::string_view part) {
  if (text.find(part) != text.npos)
    return true;
  CAF_MESSAGE("got: " << text);
  return false;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(config_tests, fixture)

// --- Precedence ---

CAF_TEST(a default is weaker than the file than the environment than a flag) {
  auto c = loaded();
  CAF_CHECK_EQUAL(c.service.port, 8000);
  CAF_CHECK_EQUAL(source(c, "service.port"), "default");
  file("[service]\nport = 8001\n");
  c = loaded();
  CAF_CHECK_EQUAL(c.service.port, 8001);
  CAF_CHECK_EQUAL(source(c, "service.port"), "file observer.toml:2");
  environment("SERVICE_PORT", "8002");
  c = loaded();
  CAF_CHECK_EQUAL(c.service.port, 8002);
  CAF_CHECK_EQUAL(source(c, "service.port"), "environment SERVICE_PORT");
  flag("service.port", "8003");
  c = loaded();
  CAF_CHECK_EQUAL(c.service.port, 8003);
  CAF_CHECK_EQUAL(source(c, "service.port"), "flag --port");
}

CAF_TEST(an empty variable counts as not set) {
  environment("LOG_LEVEL", "");
  environment("KIS_APP_KEY", "");
  environment("OBSERVER_CONFIG", "");
  auto c = loaded();
  CAF_CHECK_EQUAL(c.log.level, "info");
  CAF_CHECK_EQUAL(source(c, "log.level"), "default");
}

CAF_TEST(a flag may empty a list) {
  environment("OBSERVER_SYMBOLS", "005930");
  flag("feed.symbols", "");
  CAF_CHECK(loaded().feed.symbols.empty());
}

CAF_TEST(what is overridden is checked too) {
  environment("SERVICE_PORT", "-1");
  flag("service.port", "8003");
  CAF_CHECK(has(trouble(), "SERVICE_PORT"));
}

// --- The file ---

CAF_TEST(the first default file that exists is read) {
  std::ofstream{dir / "second.toml"} << "log.level = \"error\"\n";
  sources.default_files = {dir / "first.toml", dir / "second.toml"};
  auto c = loaded();
  CAF_CHECK_EQUAL(c.log.level, "error");
  CAF_CHECK_EQUAL(c.file, (dir / "second.toml").string());
  std::ofstream{dir / "first.toml"} << "log.level = \"debug\"\n";
  CAF_CHECK_EQUAL(loaded().log.level, "debug");
}

CAF_TEST(a flag names a file before the environment does) {
  std::ofstream{dir / "other.toml"} << "log.level = \"error\"\n";
  environment("OBSERVER_CONFIG", (dir / "other.toml").string());
  CAF_CHECK_EQUAL(loaded().log.level, "error");
  file("log.level = \"debug\"\n");
  CAF_CHECK_EQUAL(loaded().log.level, "debug");
}

CAF_TEST(a named file must exist) {
  environment("OBSERVER_CONFIG", (dir / "none.toml").string());
  CAF_CHECK_EQUAL(trouble(),
                  "environment OBSERVER_CONFIG: there is no file "
                  "\"none.toml\"");
  sources.file = dir / "gone.toml";
  CAF_CHECK_EQUAL(trouble(), "--config: there is no file \"gone.toml\"");
}

CAF_TEST(a folder is no settings file) {
  sources.file = dir;
  CAF_CHECK(has(trouble(), "it is a directory"));
}

CAF_TEST(an unknown key is named with its line and the nearest known key) {
  file("[feed]\n\nack_dedline_ms = 5\n");
  CAF_CHECK_EQUAL(trouble(), "observer.toml:3: unknown key "
                             "feed.ack_dedline_ms; did you mean "
                             "feed.ack_deadline_ms?");
  file("[fed]\nsymbols = []\n");
  CAF_CHECK_EQUAL(trouble(), "observer.toml:2: unknown key fed.symbols; did "
                             "you mean feed.symbols?");
  file("app_key = 'x'\n");
  CAF_CHECK_EQUAL(trouble(), "observer.toml:1: unknown key app_key; did you "
                             "mean kis.app_key?");
  file("[zzzzzzzz]\n");
  CAF_CHECK_EQUAL(trouble(), "observer.toml:1: unknown key zzzzzzzz; "
                             "`observer config --example` shows all keys");
  file("feed = 3\n");
  CAF_CHECK_EQUAL(trouble(), "observer.toml:1: feed is a section: write [feed] "
                             "and its settings below, not a value");
}

CAF_TEST(of several problems the first in the file is told) {
  file("[service]\nporte = 1\n[log]\nlevle = 'info'\n");
  CAF_CHECK(has(trouble(), "observer.toml:2: unknown key service.porte"));
  file("[log]\nlevle = 'info'\n[service]\nporte = 1\n");
  CAF_CHECK(has(trouble(), "observer.toml:2: unknown key log.levle"));
}

CAF_TEST(a value of the wrong type is shown with what was expected) {
  file("[feed]\nack_deadline_ms = \"10s\"\n");
  CAF_CHECK_EQUAL(trouble(),
                  "feed.ack_deadline_ms = \"10s\" (file observer.toml:2): "
                  "expected an integer from 100 to 600000 ms, not a string");
  file("[kis]\nvirtual = 1\n");
  CAF_CHECK_EQUAL(trouble(), "kis.virtual = 1 (file observer.toml:2): "
                             "expected true or false (1 or 0, yes or no, on "
                             "or off), not an integer");
  file("[feed]\nsymbols = \"005930\"\n");
  CAF_CHECK(has(trouble(), "not a string"));
  file("[feed]\nsymbols = [5930]\n");
  CAF_CHECK(has(trouble(), "feed.symbols = "));
  file("[service]\nport = 80.5\n");
  CAF_CHECK(has(trouble(), "not a decimal number"));
  file("[service.port]\nx = 1\n");
  CAF_CHECK(has(trouble(), "not a table"));
}

CAF_TEST(a file that is not TOML is named with the line) {
  file("[service]\nport = \n");
  CAF_CHECK(has(trouble(), "observer.toml:2: not TOML: "));
  file("[service\n");
  CAF_CHECK(has(trouble(), "observer.toml:1: not TOML: "));
  file("[log]\nlevel = \"info\"\nlevel = \"debug\"\n");
  CAF_CHECK(has(trouble(), "observer.toml:3: not TOML: "));
}

CAF_TEST(a key of endless tables is a problem and no overflow) {
  std::string key = "a";
  for (int i = 0; i < 400'000; ++i)
    key += ".a";
  file(key + " = 1\n");
  CAF_CHECK(has(trouble(), "observer.toml: no settings file: it holds more "
                           "than 10000 dots"));
  file(key.substr(0, 20'001) + " = 1\n");
  CAF_CHECK(has(trouble(), "observer.toml:1: unknown key"));
}

CAF_TEST(all problems of a secret keep it secret) {
  for (auto text : {"\nlog.level.app_key = \"%\"\n",
                    "[data]\ndir = [{app_secret = \"%\"}]\n",
                    "[kis]\napp_secret = %\n", "[kis]\napp_secret = \"%\n",
                    "[kis]\napp_secret = true%\n", "[kis]\napp_key = [\"%\"]\n",
                    "[kis]\napp_key = \"a %\"\n", "[kis]\napp_kee = \"%\"\n",
                    "[kis]\nbase_url = \"https://u:%@h\"\n",
                    "[service]\ntoken = \"%\\n %\"\n"}) {
    std::string content = text;
    file(content.replace(content.find('%'), 1, canary));
    CAF_CHECK(has(trouble(), "observer.toml:2"));
  }
  sources.file.reset();
  environment("KIS_APP_KEY", std::string{canary} + " x");
  CAF_CHECK_EQUAL(trouble(), "kis.app_key = **** (environment KIS_APP_KEY): "
                             "expected a text without blanks");
}

CAF_TEST(a file that holds secrets and others may read is a warning) {
  file("[kis]\napp_key = \"k\"\napp_secret = \"s\"\n");
  CAF_CHECK(loaded().warnings.empty());
  fs::permissions(path, fs::perms::group_read, fs::perm_options::add);
  auto warnings = loaded().warnings;
  CAF_REQUIRE_EQUAL(warnings.size(), 1u);
  CAF_CHECK(has(warnings[0], "kis.app_key and others may read it (mode 0640): "
                             "chmod 600 "));
  file("[log]\nlevel = \"info\"\n[kis]\napp_key = \"\"\n");
  fs::permissions(path, fs::perms::others_read, fs::perm_options::add);
  CAF_CHECK(loaded().warnings.empty());
}

// --- The environment ---

CAF_TEST(the names of the earlier deployment work) {
  for (auto& [name, value] : std::map<std::string, std::string>{
         {"KIS_APP_KEY", "PSkey"},
         {"KIS_APP_SECRET", "s3cret="},
         {"KIS_IS_VIRTUAL", "True"},
         {"KIS_BASE_URL", "https://api.example:9443/"},
         {"KIS_WEBSOCKET_URL", "wss://ws.example:21000/tryitout"},
         {"OBSERVER_DATA_DIR", "/app/data"},
         {"SERVICE_PORT", "8123"},
         {"TRACK_A_ENABLED", "yes"},
         {"TRACK_B_ENABLED", "0"},
         {"TRACK_B_DEBUG", "on"},
         {"LOG_LEVEL", "WARN"},
         {"LOG_FORMAT", "JSON"},
         {"DB_HOST", "postgres"},
         {"DB_PORT", "5433"},
         {"DB_NAME", "observer"},
         {"DB_USER", "writer"},
         {"DB_PASSWORD", "pass word"}})
    environment(name, value);
  auto c = loaded();
  CAF_CHECK_EQUAL(c.kis.app_key.reveal(), "PSkey");
  CAF_CHECK_EQUAL(c.kis.app_secret.reveal(), "s3cret=");
  CAF_CHECK(c.kis.is_virtual);
  CAF_CHECK_EQUAL(c.kis.base_url, "https://api.example:9443");
  CAF_CHECK_EQUAL(c.kis.websocket_url, "wss://ws.example:21000/tryitout");
  CAF_CHECK_EQUAL(c.data.dir, "/app/data");
  CAF_CHECK_EQUAL(c.service.port, 8123);
  CAF_CHECK(c.track_a.enabled);
  CAF_CHECK(!c.track_b.enabled);
  CAF_CHECK(c.track_b.debug);
  CAF_CHECK_EQUAL(c.log.level, "warning");
  CAF_CHECK_EQUAL(c.log.format, "json");
  CAF_CHECK_EQUAL(c.db.port, 5433);
  CAF_CHECK_EQUAL(c.db.password.reveal(), "pass word");
}

CAF_TEST(an unknown name of ours is an error with a suggestion) {
  environment("OBSERVER_SYMBOL", "005930");
  CAF_CHECK_EQUAL(trouble(), "environment OBSERVER_SYMBOL: no setting has this "
                             "name; did you mean OBSERVER_SYMBOLS?");
  sources.environment = {{"OBSERVER_FEED_SYMBOLS", "005930"}};
  CAF_CHECK(has(trouble(), "did you mean OBSERVER_SYMBOLS?"));
  sources.environment = {{"OBSERVER_KIS_APP_SECRET", canary}};
  CAF_CHECK(has(trouble(), "did you mean KIS_APP_SECRET?"));
  sources.environment = {{"OBSERVER_QQQQQQQQQQQQ", ""}};
  CAF_CHECK(has(trouble(), "unset it"));
}

CAF_TEST(names that are not ours are left alone) {
  environment("OBSERVERS", "x");
  environment("PATH", "/bin");
  environment("KIS_HTS_ID", "x");
  CAF_CHECK(load_config(sources));
}

CAF_TEST(what Kubernetes adds for a service called observer is left alone) {
  // As the kubelet sets them, for a service of two ports with names.
  for (std::string prefix : {"OBSERVER", "OBSERVER_DB_1"}) {
    environment(prefix + "_SERVICE_HOST", "10.0.0.1");
    environment(prefix + "_SERVICE_PORT", "8000");
    environment(prefix + "_SERVICE_PORT_HTTP", "8000");
    environment(prefix + "_PORT", "tcp://10.0.0.1:8000");
    for (std::string port : {"_PORT_8000_TCP", "_PORT_53_UDP", "_PORT_9_SCTP"}) {
      environment(prefix + port, "tcp://10.0.0.1:8000");
      environment(prefix + port + "_PROTO", "tcp");
      environment(prefix + port + "_PORT", "8000");
      environment(prefix + port + "_ADDR", "10.0.0.1");
    }
  }
  auto c = loaded();
  CAF_REQUIRE_EQUAL(c.warnings.size(), 1u);
  CAF_CHECK(has(c.warnings[0], "environment: OBSERVER_DB_1_PORT and 31 more are "
                               "of a service beside this container"));
  CAF_CHECK_EQUAL(source(c, "service.port"), "default");
}

CAF_TEST(what Docker adds for a link called observer is left alone) {
  environment("OBSERVER_NAME", "/web/observer");
  environment("OBSERVER_PORT", "tcp://172.17.0.5:8000");
  environment("OBSERVER_ENV_PATH", "/bin");
  CAF_CHECK_EQUAL(loaded().warnings.size(), 1u);
}

CAF_TEST(the address of a service is no port of ours) {
  environment("DB_PORT", "tcp://10.0.0.2:5432");
  environment("SERVICE_PORT", "tcp://10.0.0.3:80");
  environment("DB_NAME", "ticks");
  auto c = loaded();
  CAF_CHECK_EQUAL(c.warnings.size(), 1u);
  CAF_CHECK_EQUAL(c.db.port, 5432);
  CAF_CHECK_EQUAL(source(c, "db.port"), "default");
  CAF_CHECK_EQUAL(c.db.name, "ticks");
  CAF_CHECK_EQUAL(source(c, "service.port"), "default");
}

CAF_TEST(the name of a Docker link called db is none of ours) {
  environment("DB_PORT", "tcp://172.17.0.5:5432");
  environment("DB_NAME", "/web/db");
  auto c = loaded();
  CAF_CHECK_EQUAL(c.db.name, "");
  CAF_CHECK_EQUAL(c.warnings.size(), 1u);
}

CAF_TEST(all that Kubernetes and Docker set beside any service is harmless) {
  for (std::string service :
       {"OBSERVER", "OBSERVER_API", "OBSERVER_SERVICE", "KIS", "DB", "SERVICE",
        "FEED", "LOG", "TRACK_A", "TRACK_B"}) {
    sources.environment.clear();
    for (auto& [tail, value] : std::map<std::string, std::string>{
           {"_SERVICE_HOST", "10.0.0.1"},
           {"_SERVICE_PORT", "8000"},
           {"_SERVICE_PORT_HTTP", "8000"},
           {"_PORT", "tcp://10.0.0.1:8000"},
           {"_PORT_8000_TCP", "tcp://10.0.0.1:8000"},
           {"_PORT_8000_TCP_PROTO", "tcp"},
           {"_PORT_8000_TCP_PORT", "8000"},
           {"_PORT_8000_TCP_ADDR", "10.0.0.1"},
           {"_NAME", "/web/it"},
           {"_ENV_KIS_APP_KEY", "x"}})
      environment(service + tail, value);
    CAF_CHECK_EQUAL(trouble(), "no problem");
    auto c = loaded();
    for (auto& [key, from] : c.sources)
      CAF_CHECK(from.starts_with("default"));
  }
  // Host and port tell of it as well, and a port with its number by itself.
  sources.environment = {{"OBSERVER_API_SERVICE_HOST", "10.0.0.1"},
                         {"OBSERVER_API_SERVICE_PORT", "80"},
                         {"OBSERVER_WEB_PORT_80_TCP_ADDR", "10.0.0.2"}};
  CAF_CHECK_EQUAL(loaded().warnings.size(), 1u);
}

CAF_TEST(a reserved setting that is wrong is a warning) {
  for (auto& [name, value] : std::map<std::string, std::string>{
         {"DB_PORT", "10.0.0.2:5432"},
         {"TRACK_A_ENABLED", "maybe"},
         {"DB_HOST", "a\xff"},
         {"DB_PASSWORD_FILE", "/nowhere/at/all"}}) {
    sources.environment = {{name, value}};
    auto c = loaded();
    CAF_REQUIRE_EQUAL(c.warnings.size(), 1u);
    CAF_CHECK(has(c.warnings[0], name));
    CAF_CHECK(has(c.warnings[0], "reserved"));
  }
  sources.environment = {{"DB_PASSWORD", "a"}, {"DB_PASSWORD_FILE", "b"}};
  CAF_CHECK_EQUAL(loaded().warnings.size(), 1u);
  sources.environment.clear();
  file("[db]\nport = \"x\"\npassword = 3\n[track_a]\nenabled = 7\n");
  CAF_CHECK_EQUAL(loaded().warnings.size(), 3u);
}

CAF_TEST(a name like those of a service is a mistake where there is none) {
  for (std::string name : {"OBSERVER_SERVICE_PORT", "OBSERVER_SERVICE_HOST",
                           "OBSERVER_PORT", "OBSERVER_NAME"}) {
    sources.environment = {{name, "8000"}};
    CAF_CHECK(has(trouble(), "environment " + name + ": no setting has this"));
  }
  environment("OBSERVER_SERVICE_PORT", "8000");
  sources.environment.erase("OBSERVER_NAME");
  CAF_CHECK(has(trouble(), "no setting has this name"));
  // Nor is every name beside a service one of its own.
  for (std::string name : {"OBSERVER_SYMBOL", "OBSERVER_SERVICE_PORTS",
                           "OBSERVER_PORT_TCP", "OBSERVER_PORT_80_TCPX",
                           "OBSERVER_PORT_80", "OBSERVER_PORT80"}) {
    sources.environment = {{"OBSERVER_PORT", "tcp://10.0.0.1:8000"},
                           {name, "005930"}};
    CAF_CHECK(has(trouble(), "environment " + name + ": no setting has this"));
  }
}

CAF_TEST(every name of the table is known) {
  for (auto& s : settings()) {
    sources.environment = {{std::string{s.environment}, ""}};
    if (s.is_secret())
      environment(file_environment(s), "");
    CAF_CHECK_EQUAL(trouble(), "no problem");
  }
}

CAF_TEST(booleans have four spellings each) {
  for (auto yes : {"true", "TRUE", "1", "yes", "on", " On "}) {
    environment("TRACK_A_ENABLED", yes);
    CAF_CHECK(loaded().track_a.enabled);
  }
  for (auto no : {"false", "False", "0", "no", "off"}) {
    environment("TRACK_A_ENABLED", no);
    CAF_CHECK(!loaded().track_a.enabled);
  }
  environment("TRACK_B_ENABLED", "maybe");
  CAF_CHECK_EQUAL(trouble(), "track_b.enabled = \"maybe\" (environment "
                             "TRACK_B_ENABLED): expected true or false (1 or "
                             "0, yes or no, on or off)");
}

CAF_TEST(a secret may come from a file of its own) {
  std::ofstream{dir / "key"} << "  PSfromfile\n";
  environment("KIS_APP_KEY_FILE", (dir / "key").string());
  auto c = loaded();
  CAF_CHECK_EQUAL(c.kis.app_key.reveal(), "PSfromfile");
  CAF_CHECK_EQUAL(source(c, "kis.app_key"), "environment KIS_APP_KEY_FILE");
  environment("KIS_APP_KEY", canary);
  CAF_CHECK_EQUAL(trouble(), "kis.app_key: both KIS_APP_KEY and "
                             "KIS_APP_KEY_FILE are set: unset one");
  sources.environment = {{"KIS_APP_SECRET_FILE", (dir / "none").string()}};
  CAF_CHECK_EQUAL(trouble(), "cannot read the file of KIS_APP_SECRET_FILE "
                             "\"none\": No such file or directory");
  std::ofstream{dir / "none"} << "\n";
  CAF_CHECK(has(trouble(), "is empty"));
}

CAF_TEST(what copying leaves around a key is taken off) {
  auto app_key = [this] {
    auto c = loaded();
    return c.kis.app_key.reveal();
  };
  for (std::string text :
       {"PSkey/+=", "\"PSkey/+=\"", "'PSkey/+='", "\xEF\xBB\xBFPSkey/+=\r\n",
        "\u00a0PSkey/+=\u3000", "KIS_APP_KEY=PSkey/+=",
        "export KIS_APP_KEY=\"PSkey/+=\" # mine", "PSkey/+= # mine\n",
        "“PSkey/+=”", " \" PSkey/+= \" \r\n"}) {
    sources.environment = {{"KIS_APP_KEY", text}};
    CAF_CHECK_EQUAL(app_key(), "PSkey/+=");
    std::ofstream{dir / "key"} << text;
    sources.environment = {{"KIS_APP_KEY_FILE", (dir / "key").string()}};
    CAF_CHECK_EQUAL(app_key(), "PSkey/+=");
  }
  environment("OBSERVER_SYMBOLS", "\"005930,000660\" # two");
  environment("SERVICE_PORT", "'9000'");
  environment("LOG_FORMAT", "\"json\"");
  environment("KIS_BASE_URL", "\"https://h:1\"");
  environment("OBSERVER_DATA_DIR", "\"/var/lib/observer\" ");
  auto c = loaded();
  CAF_CHECK_EQUAL(c.feed.symbols.size(), 2u);
  CAF_CHECK_EQUAL(c.service.port, 9000);
  CAF_CHECK_EQUAL(c.log.format, "json");
  CAF_CHECK_EQUAL(c.kis.base_url, "https://h:1");
  CAF_CHECK_EQUAL(c.data.dir, "/var/lib/observer");
  // Not without a word.
  CAF_CHECK(std::ranges::any_of(c.warnings, [](auto& w) {
    return has(w, "data.dir (environment OBSERVER_DATA_DIR): taken without the "
                  "blanks and quotes around it");
  }));
}

CAF_TEST(a key that was pasted badly is one line with its name) {
  const std::string endless(5'000, 'x');
  for (auto& text :
       {std::string{"PS\xffkey"}, std::string{"PS\xEC\x82\xBC"},
        std::string{"\"PSkey"}, std::string{"PSkey'"},
        std::string{"PS\u00a0key"}, std::string{"PS\x01key"}, endless}) {
    sources.environment = {{"KIS_APP_KEY", text}};
    auto said = trouble();
    CAF_CHECK(has(said, "kis.app_key = **** (environment KIS_APP_KEY): "
                        "expected a text without blanks"));
    CAF_CHECK(!has(said, "PS"));
  }
  std::ofstream{dir / "key"} << "PSone\nPStwo\n";
  sources.environment = {{"KIS_APP_KEY_FILE", (dir / "key").string()}};
  CAF_CHECK(has(trouble(), "holds more than one line"));
  std::ofstream{dir / "key"} << std::string{"\xff\xfeP\0S\0\r\0\n\0", 10};
  CAF_CHECK(has(trouble(), "is UTF-16"));
  for (auto path : {"\"/data", "/data # mine", "''"}) {
    sources.environment = {{"OBSERVER_DATA_DIR", path}};
    CAF_CHECK(has(trouble(), "data.dir = "));
  }
  sources.environment = {{"DB_PASSWORD", "\" pass word \""}};
  auto c = loaded();
  CAF_CHECK_EQUAL(c.db.password.reveal(), "\" pass word \"");
}

CAF_TEST(a key file that is no file is one line and hangs nothing) {
  auto pipe = (dir / "pipe").string();
  ::mkfifo(pipe.c_str(), 0600);
  std::ofstream{dir / "huge"} << std::string(70'000, 'x');
  for (auto& [path, why] : std::map<std::string, std::string>{
         {pipe, "it is a pipe"},
         {"/dev/zero", "it is a device"},
         {dir.string(), "it is a directory"},
         {(dir / "huge").string(), "it is longer than 65536 bytes"}}) {
    sources.environment = {{"KIS_APP_KEY_FILE", path}};
    auto said = trouble();
    CAF_CHECK(has(said, "cannot read the file of KIS_APP_KEY_FILE"));
    CAF_CHECK(has(said, why));
  }
  sources.environment = {{"OBSERVER_CA_FILE", pipe}};
  CAF_CHECK(has(trouble(), "kis.ca_file"));
}

CAF_TEST(whatever was read for a secret is shown by nothing) {
  environment("KIS_APP_SECRET", "\"REFUSED or not\"");
  CAF_CHECK_NOT_EQUAL(trouble(), "no problem");
  CAF_CHECK_EQUAL(redacted("say REFUSED or not"), "say ****");
}

CAF_TEST(the form of the log is known where settings are wrong) {
  auto form = [this] {
    std::string out;
    CAF_CHECK(!load_config(sources, &out));
    return out;
  };
  environment("OBSERVER_NO_SUCH", "1");
  CAF_CHECK_EQUAL(form(), "text");
  environment("LOG_FORMAT", " JSON ");
  CAF_CHECK_EQUAL(form(), "json");
  flag("log.format", "text");
  CAF_CHECK_EQUAL(form(), "text");
  sources = {};
  for (auto content : {"[log]\nformat = \"json\"\n[feed]\nnone = 1\n",
                       "log.format = \"json\"\nx = = 1\n",
                       "[log]\nformat = 'json' # c\n[kis]\nvirtual = 7\n"}) {
    file(content);
    CAF_CHECK_EQUAL(form(), "json");
  }
}

CAF_TEST(the sources of a real run are the process and two default files) {
  setenv("OBSERVER_DATA_DIR", "/a=b", 1);
  flag_values flags{{{"service.port", "9"}}, "named.toml"};
  auto real = process_sources(flags);
  unsetenv("OBSERVER_DATA_DIR");
  CAF_CHECK_EQUAL(real.environment["OBSERVER_DATA_DIR"], "/a=b");
  CAF_CHECK_EQUAL(real.flags["service.port"], "9");
  CAF_CHECK(real.file == fs::path{"named.toml"});
  CAF_CHECK_EQUAL(real.default_files.size(), 2u);
}

// --- What goes together ---

CAF_TEST(an address that others reach needs a token) {
  flag("service.address", "0.0.0.0");
  CAF_CHECK(has(trouble(), "service.address = 0.0.0.0 (flag --address): other "
                           "machines reach it, so service.token must be set"));
  environment("OBSERVER_SERVICE_TOKEN", "CANARY-9bytes15");
  CAF_CHECK(has(trouble(), "service.token = **** (environment "
                           "OBSERVER_SERVICE_TOKEN): it has fewer than 16"));
  environment("OBSERVER_SERVICE_TOKEN", "CANARY-9bytes-16");
  auto c = loaded();
  CAF_CHECK_EQUAL(c.service.address, "0.0.0.0");
  flag("service.address", "localhost");
  CAF_CHECK(has(trouble(), "expected an IP address"));
}

CAF_TEST(on this machine alone a token may be short) {
  environment("OBSERVER_SERVICE_TOKEN", "short");
  CAF_CHECK_EQUAL(trouble(), "no problem");
}

CAF_TEST(a service that a proxy passes on needs a token that is none to guess) {
  flag("service.allowed_hosts", "observer.example");
  environment("OBSERVER_SERVICE_TOKEN", "short");
  CAF_CHECK(has(trouble(), "fewer than 16 characters, and other machines reach "
                           "service.allowed_hosts (flag --allowed-hosts)"));
  environment("OBSERVER_SERVICE_TOKEN", "CANARY-9bytes-16");
  CAF_CHECK(loaded().warnings.empty());
  environment("OBSERVER_SERVICE_TOKEN", "");
  auto c = loaded();
  CAF_REQUIRE_EQUAL(c.warnings.size(), 1u);
  CAF_CHECK(has(c.warnings.front(), "may give orders"));
}

CAF_TEST(a service that is switched off needs no token) {
  flag("service.address", "0.0.0.0");
  flag("service.port", "0");
  auto c = loaded();
  CAF_CHECK_EQUAL(c.service.port, 0);
}

// --- Values ---

CAF_TEST(a number out of range is an error that says the range) {
  for (auto text : {"65536", "-1", "8000x", "", " ", "0x10",
                    "99999999999999999999"}) {
    flag("service.port", text);
    CAF_CHECK_EQUAL(trouble(), "service.port = \"" + std::string{text}
                                 + "\" (flag --port): expected an integer "
                                   "from 0 to 65535");
  }
  file("[feed]\nappkey_in_use_wait_ms = 59999\n");
  sources.flags.clear();
  CAF_CHECK_EQUAL(trouble(),
                  "feed.appkey_in_use_wait_ms = 59999 (file observer.toml:2): "
                  "expected an integer from 60000 to 3600000 ms");
}

CAF_TEST(each bound of each number is itself good) {
  for (auto& s : settings()) {
    auto bounds = std::get_if<integer_range>(&s.check);
    if (!bounds)
      continue;
    config c;
    CAF_CHECK(assign(s, c, std::to_string(bounds->min)));
    CAF_CHECK(assign(s, c, std::to_string(bounds->max)));
    CAF_CHECK(!assign(s, c, std::to_string(bounds->min - 1)));
    CAF_CHECK(!assign(s, c, std::to_string(bounds->max + 1)));
  }
}

CAF_TEST(symbols are registrations of a transaction) {
  environment("OBSERVER_SYMBOLS", "005930, H0STASP0:000660,Q500001");
  std::vector<pinned_symbol> expected{{"H0STCNT0", "005930"},
                                      {"H0STASP0", "000660"},
                                      {"H0STCNT0", "Q500001"}};
  CAF_CHECK(loaded().feed.symbols == expected);
  sources.environment.clear();
  file("[feed]\nsymbols = [\n  \"005930\",\n  \"H0STASP0:000660\",\n"
       "  \"Q500001\",\n]\n");
  CAF_CHECK(loaded().feed.symbols == expected);
}

CAF_TEST(a bad symbol is named) {
  auto told = [&](const std::string& text) {
    environment("OBSERVER_SYMBOLS", text);
    return trouble();
  };
  CAF_CHECK(has(told("005930,5930"), "entry \"5930\": expected SYMBOL or "
                                     "TR:SYMBOL with SYMBOL 6 to 9 of 0-9 and "
                                     "A-Z"));
  CAF_CHECK(has(told("H0STCNI0:005930"), "entry \"H0STCNI0:005930\": expected "
                                         "TR:SYMBOL with TR one of H0STCNT0"));
  CAF_CHECK(has(told("005930,"), "entry \"\""));
  CAF_CHECK(has(told("q50000"), "entry \"q50000\""));
  CAF_CHECK(has(told("0123456789"), "entry \"0123456789\""));
  CAF_CHECK(has(told("005930,H0STCNT0:005930"),
                "entry \"H0STCNT0:005930\" is H0STCNT0:005930 for the second "
                "time: remove it"));
}

CAF_TEST(a session has room for 41 symbols) {
  std::string text = "100000";
  for (int i = 1; i < 41; ++i)
    text += "," + std::to_string(100000 + i);
  environment("OBSERVER_SYMBOLS", text);
  CAF_CHECK_EQUAL(loaded().feed.symbols.size(), 41u);
  environment("OBSERVER_SYMBOLS", text + ",200000");
  CAF_CHECK(has(trouble(), "42 entries: expected at most 41"));
}

CAF_TEST(market hours are disjoint ranges in order) {
  environment("OBSERVER_MARKET_HOURS", "16:00-20:00,09:00-15:20");
  std::vector<hours_range> expected{{540, 920}, {960, 1200}};
  CAF_CHECK(loaded().market.hours == expected);
  environment("OBSERVER_MARKET_HOURS", "00:00-24:00");
  expected = {{0, 1440}};
  CAF_CHECK(loaded().market.hours == expected);
  for (auto bad : {"9:00-15:20", "15:20-09:00", "09:00-09:00", "09:00",
                   "09:60-10:00", "23:00-24:01", "09:00-15:20,", "-"}) {
    environment("OBSERVER_MARKET_HOURS", bad);
    CAF_CHECK(has(trouble(), "expected HH:MM-HH:MM"));
  }
  environment("OBSERVER_MARKET_HOURS", "09:00-15:20,15:19-16:00");
  CAF_CHECK(has(trouble(), "entry \"15:19-16:00\" overlaps \"09:00-15:20\""));
  sources.environment.clear();
  file("[market]\nhours = []\n");
  CAF_CHECK(has(trouble(), "at least one"));
}

CAF_TEST(holidays are dates of the calendar) {
  file("[market]\nholidays = [\"2026-10-09\", 2026-09-24]\n");
  std::vector<calendar_date> expected{{2026, 9, 24}, {2026, 10, 9}};
  CAF_CHECK(loaded().market.holidays == expected);
  for (auto bad : {"2026-02-29", "20260229", "2026-9-24", "2026-13-01",
                   "2026924", "2026-0924", "+2026092", "2026-09-2x"}) {
    environment("OBSERVER_MARKET_HOLIDAYS", bad);
    CAF_CHECK(has(trouble(), "YYYY-MM-DD"));
  }
  environment("OBSERVER_MARKET_HOLIDAYS", "2026-09-24,2026-09-24");
  CAF_CHECK(has(trouble(), "second time"));
}

CAF_TEST(a mistyped choice is told with the nearest one) {
  flag("log.level", "dbug");
  CAF_CHECK(has(trouble(), "did you mean debug?"));
  flag("log.level", "loudest");
  CAF_CHECK(!has(trouble(), "did you mean"));
  sources.flags.clear();
  flag("feed.symbols", "H0STCNTO:005930");
  CAF_CHECK(has(trouble(), "did you mean H0STCNT0?"));
}

CAF_TEST(a date may be written without its dashes) {
  std::vector<calendar_date> expected{{2026, 9, 24}, {2026, 10, 9}};
  environment("OBSERVER_MARKET_HOLIDAYS", "20261009, 2026-09-24");
  CAF_CHECK(loaded().market.holidays == expected);
  environment("OBSERVER_MARKET_HOLIDAYS", "20260924,2026-09-24");
  CAF_CHECK(has(trouble(), "second time"));
  sources.environment.clear();
  file("[market]\nholidays = [20261009, \"20260924\"]\n");
  CAF_CHECK(loaded().market.holidays == expected);
  file("[market]\nholidays = [20261309]\n");
  CAF_CHECK(has(trouble(), "entry \"20261309\": expected a date"));
}

CAF_TEST(a symbol that lost its zeros is told as one) {
  for (auto lost : {"432", "660", "5930"}) { // what YAML makes of 000660
    environment("OBSERVER_SYMBOLS", lost);
    CAF_CHECK(has(trouble(), "in quotes, or its zeros are lost"));
  }
  environment("OBSERVER_SYMBOLS", "005930X-1");
  CAF_CHECK(!has(trouble(), "zeros"));
}

CAF_TEST(allowed hosts are hosts as an address shows them) {
  flag("service.allowed_hosts",
       "Observer.Example, 10.0.0.1:8443,[2001:DB8::1]");
  std::vector<web_host> expected{
    {"observer.example"}, {"10.0.0.1:8443"}, {"[2001:db8::1]"}};
  CAF_CHECK(loaded().service.allowed_hosts == expected);
  for (auto bad : {"https://observer.example", "observer.example/", "*.example",
                   "observer.example:", "observer.example:70000", "a b", ",a",
                   "user@observer.example", "2001:db8::1", ":443"}) {
    flag("service.allowed_hosts", bad);
    CAF_CHECK(has(trouble(), "HOST or HOST:PORT, without https://"));
  }
  flag("service.allowed_hosts", "");
  CAF_CHECK(loaded().service.allowed_hosts.empty());
}

// What Kubernetes may put into the environment must never open the service.
CAF_TEST(no name of a service link is that of the allowed hosts) {
  environment("OBSERVER_PORT", "tcp://10.0.0.1:8000");
  environment("OBSERVER_SERVICE_HOST", "10.0.0.1");
  environment("OBSERVER_ALLOWED_HOSTS_PORT", "tcp://10.0.0.1:8000");
  environment("OBSERVER_ALLOWED_HOSTS_SERVICE_HOST", "10.0.0.1");
  CAF_CHECK(loaded().service.allowed_hosts.empty());
  environment("OBSERVER_ALLOWED_HOSTS", "observer.example");
  CAF_CHECK_EQUAL(loaded().service.allowed_hosts.size(), 1u);
}

CAF_TEST(URLs have a scheme of theirs and a host) {
  for (auto good : {"ws://127.0.0.1:21000", "wss://ops.example",
                    "ws://[::1]:21000/tryitout", "ws://host/"}) {
    environment("KIS_WEBSOCKET_URL", good);
    CAF_CHECK(load_config(sources));
  }
  for (auto bad : {"ops.example:21000", "http://host", "ws://", "ws://:21000",
                   "ws://host:0", "ws://host:65536", "ws://host:",
                   "ws://user:pw@host", "ws://host?x", "ws://ho st"}) {
    environment("KIS_WEBSOCKET_URL", bad);
    CAF_CHECK(has(trouble(), "expected ws:// or wss:// and a host"));
    CAF_CHECK_EQUAL(trouble().find("pw@"), std::string::npos);
  }
}

CAF_TEST(the account selects the hosts that nothing else names) {
  auto c = loaded();
  CAF_CHECK_EQUAL(c.kis.base_url, "https://openapi.koreainvestment.com:9443");
  CAF_CHECK_EQUAL(c.kis.websocket_url, "ws://ops.koreainvestment.com:21000");
  CAF_CHECK_EQUAL(source(c, "kis.base_url"), "default (real account)");
  flag("kis.virtual", "true");
  environment("KIS_BASE_URL", "http://127.0.0.1:9");
  c = loaded();
  CAF_CHECK_EQUAL(c.kis.base_url, "http://127.0.0.1:9");
  CAF_CHECK_EQUAL(source(c, "kis.base_url"), "environment KIS_BASE_URL");
  CAF_CHECK_EQUAL(c.kis.websocket_url, "ws://ops.koreainvestment.com:31000");
  CAF_CHECK_EQUAL(source(c, "kis.websocket_url"), "default (paper account)");
}

CAF_TEST(a paper account is warned of what it cannot register) {
  flag("kis.virtual", "true");
  flag("feed.symbols", "005930,H0UNCNT0:005930");
  auto c = loaded();
  CAF_REQUIRE_EQUAL(c.warnings.size(), 1u);
  CAF_CHECK(has(c.warnings[0], "KIS will refuse H0UNCNT0:005930"));
}

CAF_TEST(the first wait is not above the longest) {
  flag("feed.reconnect_first_ms", "5000");
  file("[feed]\nreconnect_max_ms = 4000\n");
  CAF_CHECK_EQUAL(trouble(), "feed.reconnect_first_ms = 5000 (flag "
                             "--reconnect-first-ms): expected at most "
                             "feed.reconnect_max_ms, which is 4000 (file "
                             "observer.toml:2)");
}

CAF_TEST(what goes sooner is not to stay longer) {
  flag("retention.raw_days", "8");
  CAF_CHECK_EQUAL(trouble(), "retention.raw_days = 8 (flag "
                             "--retention-raw-days): expected at most "
                             "retention.anomaly_days, which is 7 (default)");
  flag("retention.anomaly_days", "11");
  CAF_CHECK(has(trouble(), "at most retention.max_days, which is 10"));
  flag("retention.max_days", "11");
  flag("retention.disk_warn_percent", "90");
  CAF_CHECK(has(trouble(), "less than retention.disk_act_percent, which is 90"));
  flag("retention.disk_act_percent", "91");
  CAF_CHECK(loaded().warnings.empty());
}

CAF_TEST(to delete without a backup is a warning) {
  flag("retention.without_backup", "true");
  auto c = loaded();
  CAF_REQUIRE_EQUAL(c.warnings.size(), 1u);
  CAF_CHECK(has(c.warnings[0], "after 3 days ticks are deleted"));
}

CAF_TEST(secrets and unknown keys have no flag) {
  flag("kis.app_secret", canary);
  CAF_CHECK_EQUAL(trouble(), "kis.app_secret: no flag sets it");
  sources.flags = {{"no.such", "x"}};
  CAF_CHECK_EQUAL(trouble(), "no.such: no flag sets it");
}

CAF_TEST(missing credentials are told with the way to give them) {
  auto told = check_credentials(loaded());
  CAF_REQUIRE(!told);
  CAF_CHECK(has(told.error().text, "no app key: set KIS_APP_KEY (environment) "
                                   "or kis.app_key in observer.toml"));
  environment("KIS_APP_KEY", canary);
  told = check_credentials(loaded());
  CAF_REQUIRE(!told);
  CAF_CHECK(has(told.error().text, "no app secret: set KIS_APP_SECRET"));
  CAF_CHECK_EQUAL(told.error().text.find(canary), std::string::npos);
  environment("KIS_APP_SECRET", canary);
  CAF_CHECK(check_credentials(loaded()));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
