#define CAF_SUITE runtime_doctor_probe
#include "test.hpp"

#include "runtime/doctor/probe.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/commands/health.hpp"
#include "runtime/network/daemon_client.hpp"
#include "support/answer_in_pieces.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

std::string to_text(const probe_outcome& o) {
  auto word = o.verdict == probe_verdict::well     ? "well"
              : o.verdict == probe_verdict::unwell ? "unwell"
                                                   : "no contact";
  return fmt::format("{} [{}]", word, o.text);
}

std::string http(int status, const std::string& body,
                 const std::string& type = "application/json") {
  return fmt::format("HTTP/1.1 {} x\r\nContent-Type: {}\r\n"
                     "Content-Length: {}\r\n\r\n{}",
                     status, type, body.size(), body);
}

/// What is made of an answer in these pieces.
std::string asked(const std::vector<std::string>& pieces,
                  probe_question question = probe_question::ready) {
  answer_in_pieces server{pieces};
  auto base
    = parse_daemon_url(fmt::format("127.0.0.1:{}", server.port())).value();
  auto out = to_text(probe(base, question, 3s));
  server.join();
  return out;
}

bool is_nothing_of_ours(const std::string& outcome) {
  CAF_MESSAGE(outcome);
  return outcome.starts_with("no contact [")
         && outcome.find("is no observer") != outcome.npos;
}

/// Takes connections into the kernel's queue, and answers none.
struct silent_server {
  int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  uint16_t port = 0;
  bool good = false;

  silent_server() {
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6;
    at.sin6_addr = in6addr_loopback;
    socklen_t size = sizeof at;
    auto name = reinterpret_cast<sockaddr*>(&at);
    good = fd >= 0 && ::bind(fd, name, size) == 0 && ::listen(fd, 4) == 0
           && ::getsockname(fd, name, &size) == 0;
    port = ntohs(at.sin6_port);
  }
  ~silent_server() {
    ::close(fd);
  }
  silent_server(const silent_server&) = delete;
  silent_server& operator=(const silent_server&) = delete;

  void answer_one(const std::string& text) const {
    auto client = ::accept(fd, nullptr, nullptr);
    char request[4096];
    static_cast<void>(!::read(client, request, sizeof request));
    static_cast<void>(!::write(client, text.data(), text.size()));
    ::close(client);
  }
  url base() const {
    return {"http", "::1", std::to_string(port), "/"};
  }
};

std::string place_of(const std::string& address, int64_t port = 8000) {
  service_settings s;
  s.address = address;
  s.port = port;
  auto found = service_of(s);
  return found ? found->authority() : found.error().text;
}

std::string place_of(config_sources sources) {
  auto found = probed_service_of(sources);
  return found ? found->base.authority() : found.error().text;
}

} // namespace

CAF_TEST(what our daemon says of itself is believed) {
  CAF_CHECK_EQUAL(asked({http(200, R"({"ready":true,"state":"recording",)"
                                   R"("cause":null,"text":"recording"})")}),
                  "well [ready: recording]");
  CAF_CHECK_EQUAL(asked({http(503, R"({"ready":false,"state":"not_recording",)"
                                   R"("cause":"disk_full","text":"no room"})")}),
                  "unwell [not ready: no room]");
  CAF_CHECK_EQUAL(asked({http(200, "alive\n", "text/plain")},
                        probe_question::alive),
                  "well [alive]");
}

CAF_TEST(another program on the port is never healthy) {
  for (auto& answer :
       {http(200, "<!doctype html><title>Welcome</title>", "text/html"),
        http(200, ""), http(200, R"({"status":"UP"})"), http(200, "alive\n"),
        http(200, R"({"ready":true})"), http(200, R"(["ready"])"),
        http(503, R"({"ready":true,"state":"recording"})"),
        http(200, R"({"ready":false,"state":"recording"})"),
        http(200, R"({"ready":"true","state":"recording"})"),
        http(301, "moved"), http(404, "not found")})
    CAF_CHECK(is_nothing_of_ours(asked({answer})));
  for (auto& answer : {http(200, "OK"), http(200, "<html>alive\n</html>"),
                       http(500, "alive\n")})
    CAF_CHECK(is_nothing_of_ours(asked({answer}, probe_question::alive)));
}

CAF_TEST(what a stranger sends steers no terminal and is cut) {
  auto said = asked({http(200, "\x1b[2J" + std::string(5'000, 'x'))});
  CAF_CHECK(is_nothing_of_ours(said));
  CAF_CHECK(said.find('\x1b') == said.npos);
  CAF_CHECK(said.size() < 400);
}

CAF_TEST(a refusal of ours is told and is no health) {
  auto said = asked({http(403, R"({"error":"this service is for this machine"})")});
  CAF_CHECK(said.starts_with("no contact ["));
  CAF_CHECK(said.find("this service is for this machine") != said.npos);
}

CAF_TEST(half an answer is none) {
  auto said = asked({"HTTP/1.1 200 x\r\nContent-Length: 90\r\n\r\n{\"ready\":true"});
  CAF_CHECK(said.starts_with("no contact ["));
  CAF_CHECK(said.find("hung up within its answer") != said.npos);
  CAF_CHECK(asked({""}).find("hung up without an answer") != said.npos);
}

CAF_TEST(who takes the connection and never answers has its deadline) {
  silent_server server;
  if (!server.good) {
    CAF_MESSAGE("skipped: no IPv6 loopback here");
    return;
  }
  auto said = to_text(probe(server.base(), probe_question::ready, 150ms));
  CAF_CHECK(said.find("no answer within 0.15 s") != said.npos);
  CAF_CHECK(said.starts_with("no contact ["));
}

CAF_TEST(a daemon that only IPv6 reaches is asked there) {
  silent_server server;
  if (!server.good) {
    CAF_MESSAGE("skipped: no IPv6 loopback here");
    return;
  }
  std::jthread answers{[&] { server.answer_one(http(200, "alive\n")); }};
  CAF_CHECK_EQUAL(to_text(probe(server.base(), probe_question::alive, 3s)),
                  "well [alive]");
}

CAF_TEST(an address that stands for all is asked at its loopback one) {
  CAF_CHECK_EQUAL(place_of("0.0.0.0"), "127.0.0.1:8000");
  CAF_CHECK_EQUAL(place_of("::"), "[::1]:8000");
  CAF_CHECK_EQUAL(place_of("::ffff:0.0.0.0"), "127.0.0.1:8000");
  CAF_CHECK_EQUAL(place_of("::1"), "[::1]:8000");
  CAF_CHECK_EQUAL(place_of("10.1.2.3", 9000), "10.1.2.3:9000");
  CAF_CHECK(place_of("127.0.0.1", 0).find("no service to ask") == 9);
}

CAF_TEST(port and address come from the settings of the daemon) {
  test::temporary_directory dir;
  config_sources from;
  CAF_CHECK_EQUAL(place_of(from), "127.0.0.1:8000");
  from.environment = {{"SERVICE_PORT", "9001"},
                      {"OBSERVER_SERVICE_ADDRESS", "0.0.0.0"}};
  CAF_CHECK_EQUAL(place_of(from), "127.0.0.1:9001");
  auto file = dir / "observer.toml";
  std::ofstream{file} << "[service]\nport = 9002\naddress = \"::\"\n";
  from.default_files = {file};
  CAF_CHECK_EQUAL(place_of(from), "127.0.0.1:9001");
  from.environment.clear();
  CAF_CHECK_EQUAL(place_of(from), "[::1]:9002");
  from.environment = {{"SERVICE_PORT", "many"}};
  CAF_CHECK(place_of(from).find("service.port = \"many\"") == 0);
}

CAF_TEST(a file that was broken since the start does not end a good daemon) {
  test::temporary_directory dir;
  auto file = dir / "observer.toml";
  std::ofstream{file} << "[feed]\nsymbol = 7\n";
  config_sources from;
  from.file = file;
  from.environment = {{"SERVICE_PORT", "9001"}};
  auto found = probed_service_of(from).value();
  CAF_CHECK_EQUAL(found.base.authority(), "127.0.0.1:9001");
  CAF_CHECK(found.passed_over.find("feed.symbol") != std::string::npos);
  from.file = dir / "nowhere.toml";
  CAF_CHECK(!probed_service_of(from).value().passed_over.empty());
}

CAF_TEST(a probe reads no secret) {
  test::temporary_directory dir;
  auto pipe = dir / "key";
  CAF_REQUIRE_EQUAL(::mkfifo(pipe.c_str(), 0600), 0);
  config_sources from;
  from.environment = {{"KIS_APP_KEY_FILE", pipe},
                      {"OBSERVER_SERVICE_TOKEN_FILE", pipe},
                      {"OBSERVER_SYMBOLS", "not one"}};
  // It would wait for who fills the pipe, and then say so.
  auto found = probed_service_of(from).value();
  CAF_CHECK_EQUAL(found.passed_over, "");
}

CAF_TEST(the exit status is the answer) {
  auto status_of = [](const std::string& answer, bool alive) {
    answer_in_pieces server{{answer}};
    health_options o;
    o.alive = alive;
    o.url = fmt::format("http://127.0.0.1:{}", server.port());
    std::ostringstream out, err;
    auto status = run_health(o, {}, out, err);
    server.join();
    // One line, on one of them.
    auto said = out.str() + err.str();
    CAF_CHECK_EQUAL(std::count(said.begin(), said.end(), '\n'), 1);
    CAF_CHECK_EQUAL(out.str().empty(), status == 2);
    return status;
  };
  CAF_CHECK_EQUAL(status_of(http(200, R"({"ready":true,"state":"x"})"), false),
                  0);
  CAF_CHECK_EQUAL(status_of(http(503, R"({"ready":false,"state":"x"})"), false),
                  1);
  CAF_CHECK_EQUAL(status_of(http(200, "<html>"), false), 2);
  CAF_CHECK_EQUAL(status_of(http(200, "alive\n"), true), 0);
  health_options wrong;
  wrong.url = "https://host";
  std::ostringstream out, err;
  CAF_CHECK_EQUAL(run_health(wrong, {}, out, err), 2);
  health_options no_file;
  no_file.flags.config_file = "/nowhere/observer.toml";
  CAF_CHECK_EQUAL(run_health(no_file, {}, out, err), 2);
}

} // namespace CAF_SUITE
