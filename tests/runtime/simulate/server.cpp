#define CAF_SUITE runtime_simulate_server
#include "test.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/simulate/command.hpp"
#include "runtime/simulate/exchange.hpp"
#include "runtime/simulate/server.hpp"

namespace CAF_SUITE {

// A small client of its own, on real sockets: it blocks, and every wait ends
// with something the exchange does.

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using observer::simulate_options;
using observer::simulated_exchange;
using namespace observer::simulate;

namespace {

tcp::socket connected(asio::io_context& io, uint16_t port) {
  tcp::socket out{io};
  out.connect({asio::ip::address_v4::loopback(), port});
  return out;
}

nlohmann::json ask_approval(const simulated_exchange& to,
                            const std::string& appkey,
                            const std::string& secretkey) {
  namespace http = beast::http;
  asio::io_context io;
  auto socket = connected(io, to.rest_port());
  http::request<http::string_body> ask{http::verb::post, "/oauth2/Approval",
                                       11};
  ask.set(http::field::host, "127.0.0.1");
  ask.body() = nlohmann::json{{"grant_type", "client_credentials"},
                              {"appkey", appkey},
                              {"secretkey", secretkey}}
                 .dump();
  ask.prepare_payload();
  http::write(socket, ask);
  beast::flat_buffer buffer;
  http::response<http::string_body> reply;
  http::read(socket, buffer, reply);
  return nlohmann::json::parse(reply.body());
}

class client {
public:
  /// Asks for an approval key, unless it is given one.
  explicit client(const simulated_exchange& to, std::string approval = "")
      : stream_{connected(io_, to.ws_port())}, approval_{std::move(approval)} {
    if (approval_.empty())
      approval_ = approve(to);
    stream_.handshake("127.0.0.1", "/tryitout");
  }

  const std::string& approval() const {
    return approval_;
  }

  void subscribe(const std::string& tr_key, const char* tr_id = "H0STCNT0") {
    write(fmt::format(
      R"({{"header":{{"approval_key":"{}","custtype":"P","tr_type":"1",)"
      R"("content-type":"utf-8"}},"body":{{"input":{{"tr_id":"{}",)"
      R"("tr_key":"{}"}}}}}})",
      approval_, tr_id, tr_key));
  }
  void write(const std::string& text) {
    stream_.write(asio::buffer(text));
  }
  /// The next message of a connection that must be open.
  std::string must_read() {
    auto text = read();
    CAF_REQUIRE(text);
    return *text;
  }
  /// Nothing when the connection has ended; then see error().
  std::optional<std::string> read() {
    beast::flat_buffer buffer;
    stream_.read(buffer, error_);
    if (error_)
      return std::nullopt;
    return beast::buffers_to_string(buffer.data());
  }
  /// The next control message; data is passed over.
  std::string read_control() {
    for (;;) {
      auto text = read();
      if (!text)
        return "";
      if (text->starts_with("{"))
        return *text;
    }
  }
  std::string code() {
    return nlohmann::json::parse(read_control())["body"]["msg_cd"];
  }
  beast::error_code error() const {
    return error_;
  }
  int close_code() const {
    return stream_.reason().code;
  }

private:
  std::string approve(const simulated_exchange& to) {
    return ask_approval(to, "sim-appkey", "sim-appsecret").at("approval_key");
  }

  asio::io_context io_;
  beast::websocket::stream<tcp::socket> stream_;
  std::string approval_;
  beast::error_code error_;
};

fault_plan now(fault_kind kind) {
  return {kind, {}, {}, {}, {}};
}

struct sent {
  uint64_t frame = 0;
  std::string record;
  bool bad = false;
};

struct fixture {
  fixture() {
    std::string name =
      (std::filesystem::temp_directory_path() / "simulate-XXXXXX").string();
    CAF_REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
    options.rest_port = options.ws_port = 0;
    options.truth_file = folder / "truth.jsonl";
    options.rate = 20'000;
    options.burst_s = 0;
  }
  ~fixture() {
    exchange.stop();
    std::filesystem::remove_all(folder);
  }

  void start() {
    auto problem = exchange.start(options);
    CAF_REQUIRE_EQUAL(problem.value_or(""), "");
    CAF_MESSAGE("seed = " << exchange.seed());
  }

  /// The truth's records and bad frames of a session in the order of sending,
  /// without those that were taken back.
  std::vector<sent> truth(uint64_t session) {
    exchange.stop();
    std::vector<sent> out;
    std::ifstream in{options.truth_file};
    for (std::string line; std::getline(in, line);) {
      auto x = nlohmann::json::parse(line);
      if (x["session"] != session)
        continue;
      if (x.contains("undelivered")) {
        uint64_t first = x["frame_first"], last = x["frame_last"];
        std::erase_if(
          out, [&](auto& y) { return y.frame >= first && y.frame <= last; });
      } else if (x.contains("bad")) {
        out.push_back({x["frame"], x["raw"], true});
      } else {
        out.push_back({x["frame"], x["record"], false});
      }
    }
    return out;
  }

  simulated_exchange exchange;
  simulate_options options;
  std::filesystem::path folder;
};

/// The records of a data frame, cut by the announced number.
std::vector<std::string> records_of(const std::string& frame) {
  std::vector<std::string> out;
  auto count = std::stoul(frame.substr(11, 3));
  auto payload = frame.substr(15);
  auto values = std::count(payload.begin(), payload.end(), '^') + 1u;
  CAF_REQUIRE_EQUAL(values % count, 0u);
  size_t at = 0;
  for (size_t k = 0; k < count; ++k) {
    auto end = at;
    for (size_t i = 0; i < values / count; ++i)
      end = payload.find('^', end) + 1;
    if (end == 0)
      end = payload.size() + 1;
    out.push_back(payload.substr(at, end - 1 - at));
    at = end;
  }
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(server_tests, fixture)

CAF_TEST(the truth is what the client received) {
  options.total = 20'000;
  options.wait_symbols = 41;
  start();
  client c{exchange};
  for (auto& x : default_symbols(20)) {
    c.subscribe(x);
    c.subscribe(x, "H0STASP0");
  }
  c.subscribe("0074K0", "H0UNCNT0");
  std::vector<std::string> received;
  while (received.size() < options.total) {
    auto text = c.read();
    CAF_REQUIRE(text);
    if (text->starts_with("0|"))
      for (auto& x : records_of(*text))
        received.push_back(x);
    else
      CAF_REQUIRE(text->find("OPSP0000") != std::string::npos);
  }
  auto sent = truth(1);
  CAF_REQUIRE_EQUAL(sent.size(), received.size());
  for (size_t i = 0; i < sent.size(); ++i)
    CAF_REQUIRE_EQUAL(sent[i].record, received[i]);
  CAF_CHECK_EQUAL(exchange.records_sent(), received.size());
  CAF_CHECK(exchange.counts().finished);
}

CAF_TEST(two runs of a seed send the same) {
  options.total = 2'000;
  options.wait_symbols = 3;
  options.seed = 42;
  auto run = [&](simulated_exchange& x) {
    CAF_REQUIRE(!x.start(options));
    client c{x};
    for (auto& code : default_symbols(3))
      c.subscribe(code);
    std::vector<std::string> out;
    for (size_t n = 0; n < options.total;) {
      auto text = c.must_read();
      if (!text.starts_with("0|"))
        continue;
      n += records_of(text).size();
      // All but the hours, which are the clock's.
      for (auto& record : records_of(text))
        out.push_back(record.substr(0, 7) + record.substr(14, 60));
    }
    return out;
  };
  simulated_exchange other;
  CAF_CHECK(run(exchange) == run(other));
}

CAF_TEST(after a drop the truth takes back what was on its way) {
  start();
  client c{exchange};
  c.subscribe("005930");
  std::vector<std::string> received;
  auto dropped = false;
  while (auto text = c.read()) {
    if (!text->starts_with("0|"))
      continue;
    for (auto& x : records_of(*text))
      received.push_back(x);
    if (received.size() > 2'000 && !std::exchange(dropped, true))
      exchange.strike(now(fault_kind::drop));
  }
  // No close frame came: the stream ended in the middle.
  CAF_CHECK_NOT_EQUAL(c.error(), beast::websocket::error::closed);
  auto sent = truth(1);
  CAF_REQUIRE(sent.size() <= received.size());
  for (size_t i = 0; i < sent.size(); ++i)
    CAF_REQUIRE_EQUAL(sent[i].record, received[i]);
}

CAF_TEST(a client that comes back finds the market where it is by now) {
  start();
  int64_t before = 0, after = 0, step = 0;
  auto volume = [](const std::string& record, int field) {
    auto at = record.begin();
    for (; field > 0; --field)
      at = std::find(at, record.end(), '^') + 1;
    return std::stoll(std::string{at, std::find(at, record.end(), '^')});
  };
  client first{exchange};
  first.subscribe("005930");
  while (auto text = first.read())
    if (text->starts_with("0|")) {
      if (before == 0)
        exchange.strike(now(fault_kind::drop));
      before = volume(records_of(*text).back(), 13);
    }
  client second{exchange, first.approval()};
  second.subscribe("005930");
  while (after == 0) {
    auto text = second.must_read();
    if (!text.starts_with("0|"))
      continue;
    auto record = records_of(text).front();
    after = volume(record, 13);
    step = volume(record, 12);
  }
  CAF_CHECK(before > 0 && after >= before + step);
}

CAF_TEST(garbage stands in the truth as it was sent) {
  options.faults = {{fault_kind::garbage, {}, {}, 1'000, {}}};
  options.total = 3'000;
  // Ends the last read when the total has come.
  options.pingpong_after_s = 0.05;
  start();
  client c{exchange};
  c.subscribe("005930");
  CAF_CHECK_EQUAL(c.code(), "OPSP0000");
  std::vector<std::string> frames;
  for (auto quiet = false; !quiet || !exchange.counts().finished;) {
    auto text = c.must_read();
    quiet = answers_pingpong(text);
    if (!quiet)
      frames.push_back(text);
  }
  auto sent = truth(1);
  size_t next = 0, bad = 0;
  for (size_t i = 0; i < frames.size(); ++i) {
    CAF_REQUIRE(next < sent.size());
    CAF_REQUIRE_EQUAL(sent[next].frame, i + 1);
    if (sent[next].bad) {
      CAF_REQUIRE_EQUAL(sent[next++].record, frames[i]);
      ++bad;
      continue;
    }
    for (auto& x : records_of(frames[i]))
      CAF_REQUIRE_EQUAL(sent[next++].record, x);
  }
  CAF_CHECK_EQUAL(next, sent.size());
  CAF_CHECK(bad > 10);
}

CAF_TEST(drift widens the records in the middle) {
  options.faults = {{fault_kind::drift, {}, {}, 500, {}}};
  options.total = 1'500;
  options.width = 46;
  start();
  client c{exchange};
  c.subscribe("005930");
  std::map<size_t, size_t> widths;
  for (size_t n = 0; n < options.total;) {
    auto text = c.must_read();
    if (!text.starts_with("0|"))
      continue;
    for (auto& x : records_of(text)) {
      ++n;
      ++widths[std::count(x.begin(), x.end(), '^') + 1u];
    }
  }
  CAF_CHECK_EQUAL(widths.size(), 2u);
  CAF_CHECK(widths[46] >= 500 && widths[47] > 0);
}

CAF_TEST(a refusal and a dead key meet the first registration) {
  options.faults = {{fault_kind::refuse, {}, 0., {}, {}}};
  start();
  client c{exchange};
  c.subscribe("005930");
  CAF_CHECK_EQUAL(c.code(), "OPSP0008");
  c.subscribe("005930");
  CAF_CHECK_EQUAL(c.code(), "OPSP0000");
  exchange.strike(now(fault_kind::bad_key));
  c.subscribe("000660");
  CAF_CHECK_EQUAL(c.code(), "OPSP0011");
}

CAF_TEST(a duplicate session is told and closed) {
  start();
  client c{exchange};
  c.subscribe("005930");
  CAF_CHECK_EQUAL(c.code(), "OPSP0000");
  exchange.strike(now(fault_kind::duplicate_session));
  CAF_CHECK_EQUAL(c.read_control(), already_in_use_text());
  CAF_CHECK(!c.read());
  CAF_CHECK_EQUAL(c.error(), beast::websocket::error::closed);
  CAF_CHECK_EQUAL(c.close_code(), 1000);
}

CAF_TEST(silence leaves PINGPONG and half - open leaves the appkey) {
  options.pingpong_after_s = 0.01;
  start();
  client c{exchange};
  c.subscribe("005930");
  CAF_CHECK_EQUAL(c.code(), "OPSP0000");
  exchange.strike(now(fault_kind::silence));
  auto text = c.read_control();
  CAF_CHECK(answers_pingpong(text));
  c.write(text);
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK(answers_pingpong(c.must_read()));
  // The frozen session holds neither appkey nor registrations any more; the
  // reply to the second session's registration says so.
  exchange.strike(now(fault_kind::half_open));
  exchange.strike(now(fault_kind::refuse));
  client second{exchange, c.approval()};
  second.subscribe("005930");
  CAF_CHECK_EQUAL(second.code(), "OPSP0008");
  second.subscribe("005930");
  CAF_CHECK_EQUAL(second.code(), "OPSP0000");
}

CAF_TEST(who does not answer PINGPONG is cut off) {
  options.pingpong_after_s = 0.01;
  options.pingpong_deadline_s = 0.05;
  start();
  client c{exchange};
  auto asked = 0;
  while (c.read())
    ++asked;
  CAF_CHECK(asked > 0);
  CAF_CHECK_NOT_EQUAL(c.error(), beast::websocket::error::closed);
}

CAF_TEST(the end is a closing handshake) {
  start();
  client c{exchange};
  c.subscribe("005930");
  CAF_CHECK_EQUAL(c.code(), "OPSP0000");
  std::thread stopper{[this] { exchange.stop(); }};
  while (c.read())
    ;
  stopper.join();
  CAF_CHECK_EQUAL(c.error(), beast::websocket::error::closed);
  CAF_CHECK_EQUAL(c.close_code(), 1001);
}

CAF_TEST(keys as long as those of the broker are accepted by default) {
  options.approvals_per_second = 0;
  simulated_exchange x;
  CAF_REQUIRE(!x.start(options));
  auto key = full_length("sim-appkey", appkey_length);
  auto secret = full_length("sim-appsecret", appsecret_length);
  CAF_CHECK_EQUAL(key.size(), 36u);
  CAF_CHECK_EQUAL(secret.size(), 180u);
  // Two keys at once: no limit was asked for.
  for (auto i = 0; i < 2; ++i)
    CAF_CHECK(ask_approval(x, key, secret).contains("approval_key"));
  CAF_CHECK_EQUAL(ask_approval(x, key, "sim-appsecret").value("error_code", ""),
                  "EGW00105");
  options.appkeys = {"another"};
  simulated_exchange other;
  CAF_REQUIRE(!other.start(options));
  CAF_CHECK_EQUAL(ask_approval(other, key, secret).value("error_code", ""), "EGW00103");
}

CAF_TEST(what a client is refused is said once) {
  std::vector<std::string> told;
  options.on_event = [&](const std::string& what) { told.push_back(what); };
  simulated_exchange x;
  CAF_REQUIRE(!x.start(options));
  for (auto i = 0; i < 3; ++i)
    ask_approval(x, "nobody", "sim-appsecret");
  ask_approval(x, "sim-appkey", "sim-appsecret");
  x.stop();
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK(told[0].starts_with("REST POST is refused: 403 "));
  CAF_CHECK(told[0].find("EGW00103") != std::string::npos);
}

CAF_TEST(a port in use is named with a way out) {
  start();
  auto again = options;
  again.truth_file.clear();
  again.rest_port = exchange.rest_port();
  simulated_exchange other;
  auto problem = other.start(again);
  CAF_REQUIRE(problem);
  CAF_CHECK(problem->find(std::to_string(again.rest_port)) != problem->npos);
  CAF_CHECK(problem->find("--rest-port") != problem->npos);
  CAF_CHECK_EQUAL(observer::run_simulate(again), 1);
  again.rest_port = 0;
  again.host = "0.0.0.0";
  CAF_CHECK_EQUAL(observer::run_simulate(again), 2);
}

CAF_TEST(a truth file that cannot be made ends the start) {
  options.truth_file = folder / "no" / "such" / "folder";
  auto problem = exchange.start(options);
  CAF_REQUIRE(problem);
  CAF_CHECK(problem->find("no/such/folder") != problem->npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
