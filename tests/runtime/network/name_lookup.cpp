#define CAF_SUITE runtime_network_name_lookup
#include "test.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <netdb.h>

#include "runtime/network/name_lookup.hpp"

namespace CAF_SUITE {

// Name servers are a function that answers when the test lets it.

using namespace observer;
using namespace std::chrono_literals;
namespace net = boost::asio;
using net::ip::tcp;

namespace {

tcp::endpoint at(const char* address) {
  return {net::ip::make_address(address), 0};
}

found_addresses these(std::vector<const char*> addresses) {
  found_addresses out;
  for (auto a : addresses)
    out.endpoints.push_back(at(a));
  return out;
}

std::string text(const found_addresses& found) {
  if (found.error)
    return found.error.message();
  std::string out;
  for (auto& e : found.endpoints)
    out += (out.empty() ? "" : " ") + e.address().to_string();
  return out;
}

struct fixture {
  net::io_context io{1};
  net::executor_work_guard<net::io_context::executor_type> work{
    io.get_executor()};
  /// Outlives a test whose last question nobody waits for.
  struct name_servers {
    std::atomic<int> asked{0};
    /// What they say, each time; they wait for it.
    std::promise<found_addresses> answers[3];
  };
  std::shared_ptr<name_servers> all = std::make_shared<name_servers>();
  std::atomic<int>& asked = all->asked;
  std::promise<found_addresses>(&answers)[3] = all->answers;

  name_lookup::asks servers() const {
    return [all = all](const std::string&) {
      return all->answers[all->asked++].get_future().get();
    };
  }
  /// Runs until `count` answers have come.
  void run_until(const std::vector<std::string>& came, size_t count) {
    while (came.size() < count)
      CAF_REQUIRE(io.run_one_for(20s) > 0);
  }
  name_lookup::answered into(std::vector<std::string>& came) {
    return [&came](const found_addresses& f) { came.push_back(text(f)); };
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(name_lookup_tests, fixture)

CAF_TEST(a number asks nobody) {
  name_lookup names{io, servers()};
  std::vector<std::string> came;
  auto a = names.find("192.0.2.7", into(came));
  auto b = names.find("2001:db8::1", into(came));
  run_until(came, 2);
  CAF_CHECK_EQUAL(came, (std::vector<std::string>{"192.0.2.7", "2001:db8::1"}));
  CAF_CHECK_EQUAL(asked, 0);
}

CAF_TEST(all who ask meanwhile share one answer) {
  name_lookup names{io, servers()};
  std::vector<std::string> came;
  auto a = names.find("kis", into(came));
  auto b = names.find("kis", into(came));
  answers[0].set_value(these({"192.0.2.1"}));
  run_until(came, 2);
  CAF_CHECK_EQUAL(came, (std::vector<std::string>{"192.0.2.1", "192.0.2.1"}));
  CAF_CHECK_EQUAL(asked, 1);
}

CAF_TEST(who gave up hears nothing and leaves the answer to the next) {
  name_lookup names{io, servers()};
  std::vector<std::string> early, late;
  names.find("kis", into(early)).reset();
  auto next = names.find("kis", into(late));
  answers[0].set_value(these({"192.0.2.1"}));
  run_until(late, 1);
  CAF_CHECK_EQUAL(late.front(), "192.0.2.1");
  CAF_CHECK(early.empty());
  CAF_CHECK_EQUAL(asked, 1);
}

CAF_TEST(an answer that is late is bridged with the one before) {
  name_lookup names{io, servers(), 1ms};
  std::vector<std::string> came;
  auto a = names.find("kis", into(came));
  answers[0].set_value(these({"192.0.2.1"}));
  run_until(came, 1);
  auto b = names.find("kis", into(came));
  run_until(came, 2);
  CAF_CHECK_EQUAL(came[1], "192.0.2.1");
  answers[1].set_value(these({"192.0.2.2"}));
}

CAF_TEST(a failure that may pass is bridged with the answer before) {
  name_lookup names{io, servers(), 20s};
  std::vector<std::string> came;
  auto a = names.find("kis", into(came));
  answers[0].set_value(these({"192.0.2.1"}));
  run_until(came, 1);
  auto b = names.find("kis", into(came));
  found_addresses nothing;
  nothing.error = net::error::host_not_found_try_again;
  answers[1].set_value(nothing);
  run_until(came, 2);
  CAF_CHECK_EQUAL(came[1], "192.0.2.1");
}

CAF_TEST(a name that is gone is gone) {
  name_lookup names{io, servers(), 20s};
  std::vector<std::string> came;
  auto a = names.find("kis", into(came));
  answers[0].set_value(these({"192.0.2.1"}));
  run_until(came, 1);
  auto b = names.find("kis", into(came));
  found_addresses gone;
  gone.error = net::error::host_not_found;
  answers[1].set_value(gone);
  run_until(came, 2);
  CAF_CHECK_EQUAL(came[1], gone.error.message());
}

CAF_TEST(families take turns and what failed comes last) {
  name_lookup names{io, servers()};
  std::vector<std::string> came;
  auto a = names.find("kis", into(came));
  answers[0].set_value(
    these({"2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"}));
  run_until(came, 1);
  CAF_CHECK_EQUAL(came[0], "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2");
  names.failed("kis", at("2001:db8::1").address());
  names.failed("kis", at("192.0.2.1").address());
  auto b = names.find("kis", into(came));
  answers[1].set_value(these({"2001:db8::1", "192.0.2.1", "192.0.2.2"}));
  run_until(came, 2);
  CAF_CHECK_EQUAL(came[1], "192.0.2.2 2001:db8::1 192.0.2.1");
  names.worked("kis", at("192.0.2.1").address());
  auto c = names.find("kis", into(came));
  answers[2].set_value(these({"2001:db8::1", "192.0.2.1"}));
  run_until(came, 3);
  CAF_CHECK_EQUAL(came[2], "192.0.2.1 2001:db8::1");
}

CAF_TEST(whoever is gone is not waited for) {
  std::vector<std::string> came;
  auto servers_gone = std::make_shared<std::promise<void>>();
  std::promise<void> asks;
  {
    name_lookup names{io, [servers_gone, &asks](const std::string&) {
                        asks.set_value();
                        servers_gone->get_future().wait();
                        return these({"192.0.2.1"});
                      }};
    auto a = names.find("kis", into(came));
    asks.get_future().wait();
  }
  servers_gone->set_value();
  CAF_CHECK(came.empty());
}

CAF_TEST(the system knows its own name and not every other) {
  auto here = ask_system("localhost");
  CAF_REQUIRE(!here.error);
  CAF_CHECK(here.endpoints.front().address().is_loopback());
  // RFC 6761: there is no such name.
  CAF_CHECK(ask_system("no.such.invalid").error);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
