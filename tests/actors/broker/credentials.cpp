#define CAF_SUITE actors_broker_credentials
#include "test.hpp"

#include "actors/broker/credentials.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"
#include "messages/redact.hpp"
#include "support/test_disks.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

struct fake_network : network {
  std::vector<http_request> requests;
  std::unique_ptr<web_socket> connect(const socket_target&,
                                      connection_actor) override {
    return nullptr;
  }
  void request(const http_request& r, credentials_actor) override {
    requests.push_back(r);
  }
};

struct fixture : test_coordinator_fixture<> {
  std::shared_ptr<fake_network> net = std::make_shared<fake_network>();
  std::shared_ptr<test::fake_clock> clock
    = std::make_shared<test::fake_clock>();
  credentials_actor creds;

  fixture() {
    credentials_config config;
    config.base_url = "http://broker";
    config.app_key = secret{"the-app-key"};
    config.app_secret = secret{"the-app-secret"};
    config.network = net;
    config.clock = clock;
    creds = sys.spawn(credentials, config);
    sched.run();
  }
  ~fixture() override {
    caf::anon_send_exit(creds, caf::exit_reason::kill);
    sched.run();
  }

  /// Asks; the answer comes with `take`.
  auto ask(bool renew = false) {
    auto handle = self->request(creds, 100s, get_approval{renew});
    sched.run();
    return handle;
  }
  template <class Handle>
  approval take(Handle& handle) {
    approval out;
    bool answered = false;
    handle.receive(
      [&](const approval& a) {
        out = a;
        answered = true;
      },
      [&](const caf::error&) {});
    CAF_REQUIRE(answered);
    return out;
  }
  void respond(int status, const std::string& body) {
    http_response r;
    r.ticket = net->requests.back().ticket;
    r.status = status;
    r.body = body;
    caf::anon_send(creds, r);
    sched.run();
  }
  void pass(std::chrono::milliseconds d) {
    sched.advance_time(d);
    sched.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(credentials_tests, fixture)

CAF_TEST(the secret goes out under the name secretkey) {
  auto h = ask();
  CAF_REQUIRE_EQUAL(net->requests.size(), 1u);
  auto& r = net->requests[0];
  CAF_CHECK_EQUAL(r.url, "http://broker/oauth2/Approval");
  CAF_CHECK(r.body.find("\"secretkey\":\"the-app-secret\"")
            != std::string::npos);
  respond(200, R"({"approval_key":"k1"})");
  CAF_CHECK_EQUAL(take(h).key, "k1");
}

CAF_TEST(a key is issued once and given to all who ask) {
  auto a = ask();
  auto b = ask();
  CAF_CHECK_EQUAL(net->requests.size(), 1u);
  respond(200, R"({"approval_key":"k1"})");
  CAF_CHECK_EQUAL(take(a).key, "k1");
  CAF_CHECK_EQUAL(take(b).key, "k1");
  auto c = ask();
  CAF_CHECK_EQUAL(take(c).key, "k1");
  CAF_CHECK_EQUAL(net->requests.size(), 1u);
}

CAF_TEST(a refused key is replaced and not sooner than a second later) {
  auto a = ask();
  respond(200, R"({"approval_key":"k1"})");
  take(a);
  auto b = ask(true);
  CAF_CHECK_EQUAL(net->requests.size(), 1u);
  pass(1'200ms);
  CAF_REQUIRE_EQUAL(net->requests.size(), 2u);
  respond(200, R"({"approval_key":"k2"})");
  CAF_CHECK_EQUAL(take(b).key, "k2");
}

CAF_TEST(a key is not used for longer than its life) {
  auto a = ask();
  respond(200, R"({"approval_key":"k1"})");
  take(a);
  pass(23h + 1s);
  auto b = ask();
  CAF_REQUIRE_EQUAL(net->requests.size(), 2u);
  respond(200, R"({"approval_key":"k2"})");
  CAF_CHECK_EQUAL(take(b).key, "k2");
}

CAF_TEST(a bad app key is a refusal with the code of the broker) {
  auto a = ask();
  respond(403, R"({"error_code":"EGW00103","error_description":"no"})");
  auto answer = take(a);
  CAF_CHECK(answer.refused);
  CAF_CHECK(answer.problem.find("EGW00103") != std::string::npos);
  CAF_CHECK(answer.problem.find("KIS_APP_KEY") != std::string::npos);
  CAF_CHECK(answer.problem.find("the-app") == std::string::npos);
}

CAF_TEST(an answer that is no JSON says what the address should be) {
  auto a = ask();
  respond(200, "<html>");
  auto answer = take(a);
  CAF_CHECK(!answer.refused);
  CAF_CHECK(answer.problem.find("KIS_BASE_URL") != std::string::npos);
}

CAF_TEST(a gateway that is in the way is told by its status) {
  auto says = [&](int status, const std::string& words) {
    pass(2s);
    auto a = ask(true);
    pass(2s);
    respond(status, "<html>");
    CAF_CHECK(take(a).problem.find(words) != std::string::npos);
  };
  says(429, "too many ask");
  says(503, "being maintained");
  says(302, "a portal or a proxy");
}

CAF_TEST(an answer that no broker gives is called by its cause) {
  auto problem_of = [&](const std::string& body) {
    pass(2s);
    auto a = ask(true);
    pass(2s);
    respond(200, body);
    auto answer = take(a);
    CAF_CHECK(answer.key.empty());
    CAF_CHECK(!answer.refused);
    CAF_CHECK(answer.problem.find("KIS_BASE_URL") != std::string::npos);
    return answer.problem;
  };
  auto says = [&](const std::string& body, const std::string& words) {
    auto text = problem_of(body);
    if (text.find(words) == std::string::npos || text.size() > 300)
      CAF_FAIL("it is said that " << words << ": " << text.substr(0, 1'000));
  };
  says("<html>", "what is not JSON");
  says("[]", "what is no JSON object");
  says(std::string(50, '[') + std::string(50, ']'),
       "what is JSON of more than 32 levels");
  says(R"({"approval_key":")" + std::string(3'000'000, 'k') + R"("})",
       "an approval_key of 3000000 bytes");
}

CAF_TEST(a broker that never answers does not hold anyone for ever) {
  auto a = ask();
  pass(31s);
  CAF_CHECK(take(a).problem.find("no answer") != std::string::npos);
}

CAF_TEST(a broker is not blamed for a time in which we did not run) {
  auto a = ask();
  pass(5s);
  clock->sleep(60 * us_per_second);
  pass(60s);
  respond(200, R"({"approval_key":"0123-4567"})"); // it waited in the socket
  CAF_CHECK_EQUAL(take(a).key, "0123-4567");
}

CAF_TEST(a broker that does not answer after a pause is called so) {
  auto a = ask();
  clock->sleep(60 * us_per_second);
  pass(60s);
  pass(9s);
  CAF_CHECK(take(a).problem.find("no answer") != std::string::npos);
}

CAF_TEST(an error that quotes the request shows no secret of it) {
  keep_secret(secret{"PSquotedAppKey0123456789"});
  keep_secret(secret{"QUOTED/secret+0123456789="});
  for (std::string quoted :
       {R"({\"appkey\":\"PSquotedAppKey0123456789\",\"secretkey\":\"QUOTED\\/secret+0123456789=\"})",
        "bad QUOTED\\/secret+0123456789= of PSquotedAppKey0123456789",
        "<html>PSquotedAppKey0123456789 QUOTED&#x2F;secret&#43;0123456789&#61;"}) {
    http_response r;
    r.status = 403;
    r.body = R"({"error_code":"EGW00103","error_description":")" + quoted
             + R"("})";
    // The quoted text is a JSON string already but for its quotes.
    for (auto key : {"error_description", "msg1"}) {
      auto body = r.body;
      body.replace(body.find("error_description"), 17, key);
      auto reply = r;
      reply.body = body;
      auto a = read_approval("http://broker", reply);
      CAF_CHECK(a.refused);
      CAF_CHECK_EQUAL(a.problem.find("PSquoted"), std::string::npos);
      CAF_CHECK_EQUAL(a.problem.find("0123456789"), std::string::npos);
      CAF_CHECK_NOT_EQUAL(a.problem.find("****"), std::string::npos);
    }
  }
}

CAF_TEST(an approval key is shown by nothing from its arrival on) {
  for (std::string key : {"0c4d0001-aaaa-4bbb-8ccc-0123456789ab",
                          "0c4d0002-aaaa-4bbb-8ccc-0123456789ab"}) {
    http_response r;
    r.status = 200;
    r.body = R"({"approval_key":")" + key + R"("})";
    CAF_CHECK_EQUAL(read_approval("http://broker", r).key, key);
    CAF_CHECK_EQUAL(outside_text("echo " + key), "echo ****");
  }
  // Renewed since, and still no text.
  CAF_CHECK_EQUAL(outside_text("0c4d0001-aaaa-4bbb-8ccc-0123456789ab"), "****");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
