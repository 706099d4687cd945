#define CAF_SUITE runtime_http_page
#include "runtime/http/page.hpp"

#include "gunzip.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::http_test;

namespace {

const std::string script(5'000, 's');
const console_asset built{"/a.js", "text/javascript", "\"t\"", script,
                          "(made by the build)"};
const console_asset plain{"/b.js", "text/javascript", "\"t\"", script};
const console_asset small{"/c.js", "text/javascript", "\"t\"", "1"};

http_answer asked(const console_asset& file, std::string_view codings,
                  std::string_view known = {}) {
  http_call call;
  call.accept_encoding = codings;
  call.if_none_match = known;
  return static_file(file, call);
}

std::string header(const http_answer& a, std::string_view name) {
  for (auto& [key, value] : a.headers)
    if (key == name)
      return value;
  return {};
}

std::optional<std::string> filled(const std::string& page,
                                  const std::string& status) {
  return page_with_status(page, status);
}

const std::string place
  = R"(<script type="application/json" id="first-status">null</script>)";

} // namespace

CAF_TEST(who likes gzip has the one of the build) {
  auto a = asked(built, "gzip, br");
  CAF_CHECK_EQUAL(a.body, "(made by the build)");
  CAF_CHECK_EQUAL(header(a, "Content-Encoding"), "gzip");
  auto other = asked(built, "br");
  CAF_CHECK_EQUAL(other.body, script);
  CAF_CHECK_EQUAL(header(other, "Content-Encoding"), "");
}

CAF_TEST(without one of the build it is made if that pays) {
  auto a = asked(plain, "gzip");
  CAF_CHECK_EQUAL(header(a, "Content-Encoding"), "gzip");
  CAF_CHECK_EQUAL(gunzip{}.take(a.body), script);
  CAF_CHECK_EQUAL(asked(small, "gzip").body, "1");
  CAF_CHECK_EQUAL(header(asked(small, "gzip"), "Content-Encoding"), "");
}

CAF_TEST(each coding has a tag of its own) {
  for (auto file : {&built, &plain}) {
    CAF_CHECK_EQUAL(header(asked(*file, ""), "ETag"), "\"t\"");
    CAF_CHECK_EQUAL(header(asked(*file, "gzip"), "ETag"), "\"t-gzip\"");
  }
  CAF_CHECK_EQUAL(header(asked(small, "gzip"), "ETag"), "\"t\"");
}

CAF_TEST(who has it in the coding that it would get is sent nothing) {
  for (auto tag : {"\"t-gzip\"", "W/\"t-gzip\"", "\"x\", \"t-gzip\"", "*"}) {
    auto a = asked(built, "gzip", tag);
    CAF_CHECK_EQUAL(a.status, 304u);
    CAF_CHECK_EQUAL(a.body, "");
    CAF_CHECK_EQUAL(header(a, "ETag"), "\"t-gzip\"");
    CAF_CHECK_EQUAL(header(a, "Content-Encoding"), "");
  }
  CAF_CHECK_EQUAL(asked(built, "", "\"t\"").status, 304u);
  CAF_CHECK_EQUAL(asked(built, "", "\"t-gzip\"").status, 200u);
  CAF_CHECK_EQUAL(asked(built, "gzip", "\"t\"").status, 200u);
}

CAF_TEST(the status stands where the page has its place) {
  CAF_CHECK_EQUAL(
    filled("<p>" + place + "</p>", R"({"a":1})").value_or(""),
    "<p><script type=\"application/json\" id=\"first-status\">{\"a\":1}</script>"
    "</p>");
}

CAF_TEST(no text of the status ends its script) {
  auto page = filled(place, R"({"a":"</script><!--<script>"})").value_or("");
  CAF_CHECK_NOT_EQUAL(
    page.find(R"({"a":"\u003c/script>\u003c!--\u003cscript>"})"), page.npos);
}

CAF_TEST(a page without the place or with two is left) {
  CAF_CHECK(!filled("<p>null</script></p>", "{}"));
  CAF_CHECK(!filled("", "{}"));
  CAF_CHECK(!filled(place + place, "{}"));
}

} // namespace CAF_SUITE
