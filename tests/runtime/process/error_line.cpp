#define CAF_SUITE runtime_process_error_line
#include "test.hpp"

#include "runtime/process/error_line.hpp"

#include <nlohmann/json.hpp>

#include "messages/redact.hpp"

namespace CAF_SUITE {

using namespace observer;
using nlohmann::json;

namespace {

struct fixture {
  ~fixture() {
    set_error_form(line_form::text);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(error_line_tests, fixture)

CAF_TEST(in text a line is what was said) {
  CAF_CHECK_EQUAL(error_line("error", "observer: no\x1b[2J key"),
                  "observer: no\\x1b[2J key\n");
}

CAF_TEST(in JSON it is an object that says who speaks) {
  set_error_form(line_form::json);
  auto line = error_line("warning", "observer simulate: say \"hi\"\n\u202e");
  CAF_CHECK_EQUAL(line.find("\u202e"), line.npos);
  CAF_CHECK_EQUAL(line.find('\n'), line.size() - 1);
  auto j = json::parse(line);
  CAF_CHECK_EQUAL(j["level"].get<std::string>(), "warning");
  CAF_CHECK_EQUAL(j["logger"].get<std::string>(), "observer simulate");
  CAF_CHECK_EQUAL(j["text"].get<std::string>(), "say \"hi\"\n\u202e");
  CAF_CHECK_EQUAL(j["time"].get<std::string>().size(), 29u);
  j = json::parse(error_line("info", "12 received"));
  CAF_CHECK_EQUAL(j["logger"].get<std::string>(), "observer");
  CAF_CHECK_EQUAL(j["text"].get<std::string>(), "12 received");
}

CAF_TEST(neither form shows a secret) {
  keep_secret(secret{"LINE-secret/0123456789"});
  for (auto form : {line_form::text, line_form::json}) {
    set_error_form(form);
    auto line = error_line("error", "observer: LINE-secret/0123456789 is bad");
    CAF_CHECK_NOT_EQUAL(line.find("**** is bad"), line.npos);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
