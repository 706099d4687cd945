#define CAF_SUITE runtime_daemon_end_to_end
#include "test.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>


#include "messages/jsonl.hpp"
#include "runtime/audit/command.hpp"
#include "runtime/daemon/daemon.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/simulate/server.hpp"

namespace CAF_SUITE {

// The daemon and the exchange over real sockets and a real disk: what the
// exchange says it sent equals what the journal holds, record by record.

using namespace observer;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

/// Until `condition` holds; the bound is for a broken program, not for a slow
/// machine.
template <class Condition>
bool eventually(Condition condition) {
  auto limit = std::chrono::steady_clock::now() + 120s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit)
      return false;
    std::this_thread::sleep_for(5ms); // between two looks
  }
  return true;
}

void drop_connection(simulated_exchange& exchange) {
  simulate::fault_plan drop;
  drop.kind = simulate::fault_kind::drop;
  exchange.strike(drop);
}

struct fixture {
  fs::path root = fs::temp_directory_path()
                  / ("observer-e2e-" + std::to_string(::getpid()));
  simulate_options market;
  simulated_exchange exchange;
  std::map<std::string, std::string> flags;

  fixture() {
    fs::remove_all(root);
    fs::create_directories(root);
    market.rest_port = 0;
    market.ws_port = 0;
    market.seed = 20260914;
    market.quiet = true;
    market.truth_file = (root / "truth.jsonl").string();
  }
  ~fixture() {
    fs::remove_all(root);
  }

  std::string data() const {
    return (root / "data").string();
  }

  std::unique_ptr<observer::daemon> record(int symbols) {
    std::string list;
    for (auto& s : simulate::default_symbols(static_cast<size_t>(symbols)))
      list += (list.empty() ? "" : ",") + s;
    config_sources sources;
    sources.environment = {{"KIS_APP_KEY", "sim-appkey"},
                           {"KIS_APP_SECRET", "sim-appsecret"}};
    sources.flags = flags;
    sources.flags.insert({{"kis.base_url", exchange.rest_url()},
                          {"kis.websocket_url", exchange.websocket_url()},
                          {"data.dir", data()},
                          {"feed.symbols", list},
                          {"feed.subscribe_spacing_ms", "10"},
                          {"track_b.debug", "true"}});
    auto c = load_config(sources);
    if (!c)
      CAF_FAIL(c.error().text);
    auto d = observer::daemon::start(*c);
    if (!d)
      CAF_FAIL(d.error().text);
    return std::move(d).value();
  }

  /// Symbol to the lines that the wire's records mean, in order.
  std::map<std::string, std::vector<std::string>> truth() const {
    std::map<std::string, std::vector<std::string>> out;
    std::ifstream in{market.truth_file};
    for (std::string line; std::getline(in, line);) {
      auto entry = nlohmann::json::parse(line);
      if (entry.value("bad", false))
        continue;
      auto raw = entry.at("record").get<std::string>();
      auto width = static_cast<uint32_t>(
        std::count(raw.begin(), raw.end(), '^') + 1);
      kis::trade t;
      CAF_REQUIRE(kis::parse_trade(raw, width, t).reason
                  == reject_reason::none);
      std::string text;
      append_trade_line(text, t, kis::tr::h0stcnt0, nullptr);
      out[entry.at("symbol")].push_back(text);
    }
    return out;
  }

  /// The journal's lines without what the wire does not say.
  std::map<std::string, std::vector<std::string>> journal() const {
    std::map<std::string, std::vector<std::string>> out;
    for (auto& entry : fs::directory_iterator(fs::path{data()} / "scalp")) {
      if (entry.path().extension() != ".jsonl")
        continue;
      std::ifstream in{entry.path()};
      for (std::string line; std::getline(in, line);) {
        auto begin = line.find("\"symbol\"");
        auto end = line.find(",\"session_id\"");
        auto symbol = line.substr(begin + 10, line.find('"', begin + 10)
                                                - begin - 10);
        out[symbol].push_back("{" + line.substr(begin, end - begin) + "}\n");
      }
    }
    return out;
  }

  /// Lines of a dataset that contain a text.
  std::vector<std::string> lines_with(const std::string& folder,
                                      const std::string& text) const {
    std::vector<std::string> out;
    for (auto& entry : fs::directory_iterator(fs::path{data()} / folder)) {
      if (entry.path().extension() != ".jsonl")
        continue;
      std::ifstream in{entry.path()};
      for (std::string line; std::getline(in, line);)
        if (line.find(text) != std::string::npos)
          out.push_back(line);
    }
    return out;
  }

  int audit(std::string* report = nullptr) const {
    audit_options options;
    options.path = data();
    options.closed = true;
    std::ostringstream out, err;
    auto status = run_audit(options, out, err);
    if (report)
      *report = out.str() + err.str();
    return status;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(end_to_end, fixture)

CAF_TEST(two hundred thousand records over 41 slots are on disk one by one) {
  constexpr uint64_t total = 200'000;
  market.total = total;
  market.rate = 0; // as fast as we read
  market.wait_symbols = 41;
  market.records_min = 1;
  market.records_max = 20;
  CAF_REQUIRE(!exchange.start(market));
  auto d = record(41);
  CAF_CHECK(eventually([&] { return sum(d->counters()).persisted >= total; }));
  CAF_CHECK(d->stop());
  exchange.stop();
  auto t = sum(d->counters());
  CAF_CHECK_EQUAL(exchange.records_sent(), total);
  CAF_CHECK_EQUAL(t.received, total);
  CAF_CHECK_EQUAL(t.persisted, total);
  CAF_CHECK_EQUAL(t.in_flight, 0u);
  auto sent = truth();
  auto kept = journal();
  CAF_CHECK_EQUAL(sent.size(), 41u);
  CAF_CHECK_EQUAL(kept.size(), sent.size());
  size_t different = 0, lines = 0;
  for (auto& [symbol, records] : sent) {
    lines += records.size();
    different += kept[symbol] != records;
  }
  CAF_CHECK_EQUAL(lines, total);
  CAF_CHECK_EQUAL(different, 0u);
  std::string report;
  CAF_CHECK_EQUAL(audit(&report), 0);
  CAF_MESSAGE(report);
}

CAF_TEST(a dropped connection is a gap with its cause and its missing shares) {
  market.rate = 2'000;
  market.wait_symbols = 3;
  market.burst_factor = 1;
  flags["feed.reconnect_first_ms"] = "100";
  CAF_REQUIRE(!exchange.start(market));
  auto d = record(3);
  auto& c = d->counters();
  CAF_CHECK(eventually([&] { return sum(c).persisted >= 500; }));
  drop_connection(exchange);
  CAF_CHECK(eventually([&] { return c.connects.value() == 2; }));
  auto before = sum(c).persisted;
  CAF_CHECK(eventually([&] { return sum(c).persisted >= before + 1'000; }));
  CAF_CHECK(d->stop());
  exchange.stop();
  std::string report;
  CAF_CHECK_EQUAL(audit(&report), 0);
  // Three symbols traded on while nobody listened.
  CAF_CHECK(!lines_with("scalp", "\"gap\":{\"cause\":\"disconnected\"").empty());
  CAF_CHECK_EQUAL(lines_with("system", "\"event\":\"disconnected\"").size(), 1u);
  CAF_MESSAGE(report);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
