#define CAF_SUITE runtime_network_http_reader
#include "runtime/network/http_reader.hpp"

#include <optional>
#include <string>
#include <vector>

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

constexpr http_limits limits{200, 100};

/// A message in short, or the fault.
std::string shown(const http_message& m) {
  auto out = m.method.empty() ? std::to_string(m.status)
                              : m.method + " " + m.target;
  return out + " [" + m.body + "]" + (m.keep_alive ? "" : " closes");
}

std::string shown(const http_reader& reader) {
  switch (reader.fault()) {
    case http_fault::none:
      return "";
    case http_fault::malformed:
      return "malformed";
    case http_fault::header_too_large:
      return "header too large";
    case http_fault::body_too_large:
      return "body too large";
    case http_fault::ended:
      return "ended";
  }
  return "?";
}

/// All messages of the pieces, then the end of the stream.
std::string read(http_reader::kind_type kind,
                 const std::vector<std::string_view>& pieces) {
  http_reader reader{kind, limits};
  std::string out;
  auto add = [&](const std::string& text) {
    if (!text.empty())
      out += (out.empty() ? "" : ", ") + text;
  };
  for (auto piece : pieces)
    while (!piece.empty() && reader.fault() == http_fault::none) {
      piece.remove_prefix(reader.take(piece));
      if (reader.done())
        add(shown(reader.release()));
    }
  reader.end();
  if (reader.done())
    add(shown(reader.release()));
  add(shown(reader));
  return out;
}

/// What comes of the text, which must be the same for every split of it.
std::string of(http_reader::kind_type kind, const std::string& text) {
  auto whole = read(kind, {text});
  std::string_view all = text;
  std::vector<std::string_view> bytes;
  for (size_t i = 0; i < all.size(); ++i)
    bytes.push_back(all.substr(i, 1));
  CAF_CHECK_EQUAL(read(kind, bytes), whole);
  for (size_t i = 0; i <= all.size(); ++i) {
    auto two = read(kind, {all.substr(0, i), all.substr(i)});
    if (two != whole)
      CAF_FAIL("split at " << i << ": " << two << " instead of " << whole);
    // The rest byte by byte, and three pieces at the end of it.
    for (size_t k = i; k <= std::min(all.size(), i + 8); ++k) {
      auto three = read(kind, {all.substr(0, i), all.substr(i, k - i),
                               all.substr(k)});
      if (three != whole)
        CAF_FAIL("split at " << i << " and " << k << ": " << three
                             << " instead of " << whole);
    }
  }
  return whole;
}
std::string request(const std::string& text) {
  return of(http_reader::requests, text);
}
std::string response(const std::string& text) {
  return of(http_reader::responses, text);
}

const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
const std::string post = "POST /p HTTP/1.1\r\n";
const std::string ok = "HTTP/1.1 200 OK\r\n";

} // namespace

// -- requests -----------------------------------------------------------------

CAF_TEST(requests come one after another) {
  CAF_CHECK_EQUAL(request("GET /a?b=1 HTTP/1.1\r\nHost: h\r\n\r\n"
                          "POST /b HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"
                          "GET /c HTTP/1.0\r\n\r\n"),
                  "GET /a?b=1 [], POST /b [body], GET /c [] closes");
  CAF_CHECK_EQUAL(request(""), "");
}

CAF_TEST(a body in chunks may be empty and may come in pieces) {
  CAF_CHECK_EQUAL(request(post + chunked + "0\r\n\r\n"), "POST /p []");
  CAF_CHECK_EQUAL(request(post + chunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
                  "POST /p [abcde]");
  CAF_CHECK_EQUAL(request(post + chunked + "000\r\n\r\nGET /n HTTP/1.1\r\n\r\n"),
                  "POST /p [], GET /n []");
}

CAF_TEST(extensions and trailers of chunks are passed over) {
  CAF_CHECK_EQUAL(request(post + chunked + "1;a\r\nx\r\n1 ; b=\"c;d\"\r\ny\r\n"
                                           "0;e\r\nT: 1\r\nU: 2\r\n\r\n"),
                  "POST /p [xy]");
  CAF_CHECK_EQUAL(request(post + chunked + "0\r\nT: " + std::string(300, 't')
                          + "\r\n\r\n"),
                  "header too large");
  CAF_CHECK_EQUAL(request(post + chunked + "1;" + std::string(1'100, 'e')
                          + "\r\nx\r\n0\r\n\r\n"),
                  "malformed");
}

CAF_TEST(chunks that are none are refused) {
  for (auto bad : {"\r\n\r\n", "x\r\n", "-1\r\n", "+1\r\n", "0x1\r\n",
                   ";\r\n", "1\r\nxy\r\n", "1\r\nx\n0\r\n\r\n", "1\nx\r\n",
                   "1 x\r\n", "1\rx\r\n", "0\r\n\r0", "0\r\n\n"})
    CAF_CHECK_EQUAL(request(post + chunked + bad), "malformed");
  for (auto large : {"65\r\n", "ffffffffffffffff\r\n", "64\r\n" })
    CAF_CHECK(request(post + chunked + large) == "body too large"
              || std::string{large} == "64\r\n");
  CAF_CHECK_EQUAL(request(post + chunked + "10000000000000000\r\n"),
                  "malformed");
  CAF_CHECK_EQUAL(request(post + chunked + "40\r\n" + std::string(64, 'a')
                          + "\r\n40\r\n"),
                  "body too large");
}

CAF_TEST(what would end at two places is refused) {
  for (auto fields :
       {"Content-Length: 1\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 1",
        "Content-Length: 1\r\nContent-Length: 2", "Content-Length: 1, 2",
        "Content-Length: -1", "Content-Length: +1", "Content-Length: 1x",
        "Content-Length: 0x1", "Content-Length:", "Content-Length: 1 1",
        "Content-Length: 18446744073709551616",
        "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding:",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"})
    CAF_CHECK_EQUAL(request(post + fields + "\r\n\r\n"), "malformed");
  CAF_CHECK_EQUAL(request(post + "Content-Length: 1\r\ncontent-length: 1\r\n"
                                 "\r\nx"),
                  "POST /p [x]");
  CAF_CHECK_EQUAL(request(post + "TRANSFER-ENCODING: Chunked\r\n\r\n0\r\n\r\n"),
                  "POST /p []");
}

CAF_TEST(what is no request is refused) {
  const std::string tls{"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11};
  for (auto& bad :
       {tls, std::string{"GET\r\n"},
        std::string{"GET /\r\n"}, std::string{"GET  HTTP/1.1\r\n"},
        std::string{"GET / HTTP/9.9\r\n"}, std::string{"GET / http/1.1\r\n"},
        std::string{"GET / HTTP/1.1 \r\n"}, std::string{" GET / HTTP/1.1\r\n"},
        std::string{"G(T / HTTP/1.1\r\n"}, std::string{"GET /a b HTTP/1.1\r\n"},
        std::string{"GET / HTTP/1.1\n"}, std::string{"GET / HTTP/1.1\rx"},
        std::string{"PRI * HTTP/2.0\r\n"}, std::string("\0", 1),
        std::string{"GET / HTTP/1.1\r\nno colon\r\n"},
        std::string{"GET / HTTP/1.1\r\n: v\r\n"},
        std::string{"GET / HTTP/1.1\r\nName : v\r\n"},
        std::string{"GET / HTTP/1.1\r\nN: 1\r\n folded\r\n"},
        std::string{"GET / HTTP/1.1\r\n folded\r\n"},
        std::string{"GET / HTTP/1.1\r\nN: \x01\r\n"},
        std::string{"GET / HTTP/1.1\r\nN: \x7f\r\n"}})
    CAF_CHECK_EQUAL(request(bad), "malformed");
  // At once, not at the end of the line: what speaks TLS waits for an answer.
  http_reader reader{http_reader::requests, limits};
  reader.take(tls);
  CAF_CHECK(reader.fault() == http_fault::malformed);
}

CAF_TEST(headers and bodies have a bound before they have come) {
  std::string line = "GET / HTTP/1.1\r\n";
  auto fits = "N: " + std::string(limits.header_bytes_max - line.size() - 7, 'n');
  CAF_CHECK_EQUAL(request(line + fits + "\r\n\r\n"), "GET / []");
  CAF_CHECK_EQUAL(request(line + fits + "n\r\n\r\n"), "header too large");
  CAF_CHECK_EQUAL(request(std::string(1'000, 'G')), "header too large");
  CAF_CHECK_EQUAL(request(post + "Content-Length: 101\r\n\r\n"),
                  "body too large");
  CAF_CHECK_EQUAL(request(post + "Content-Length: 99999999999\r\n\r\n"),
                  "body too large");
}

CAF_TEST(blank lines before a request are nothing) {
  CAF_CHECK_EQUAL(request("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n\r\n"),
                  "GET / []");
  CAF_CHECK_EQUAL(request("\r\n"), "");
  CAF_CHECK_EQUAL(request("\r\nG"), "ended");
  CAF_CHECK_EQUAL(request(" \r\n"), "malformed");
  // They count as bytes of the header.
  std::string many;
  for (int i = 0; i < 600; ++i)
    many += "\r\n";
  CAF_CHECK_EQUAL(request(many), "header too large");
  CAF_CHECK_EQUAL(response("\r\nHTTP/1.1 200 OK\r\n\r\n"), "malformed");
}

CAF_TEST(half a message is one that ended) {
  for (auto half : {"G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nN: v\r\n\r",
                    "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na"})
    CAF_CHECK_EQUAL(request(half), "ended");
  CAF_CHECK_EQUAL(request(post + chunked + "0\r\n\r"), "ended");
}

CAF_TEST(connections are kept by version and by word) {
  auto with = [](const std::string& version, const std::string& field) {
    return request("GET / HTTP/" + version + "\r\n" + field + "\r\n");
  };
  CAF_CHECK_EQUAL(with("1.1", ""), "GET / []");
  CAF_CHECK_EQUAL(with("1.1", "Connection: TE, Close\r\n"), "GET / [] closes");
  CAF_CHECK_EQUAL(with("1.0", ""), "GET / [] closes");
  CAF_CHECK_EQUAL(with("1.0", "Connection: Keep-Alive\r\n"), "GET / []");
  CAF_CHECK_EQUAL(with("1.1", "Connection:\r\nConnection: ,,\r\n"),
                  "GET / []");
}

// -- who is asked -------------------------------------------------------------

namespace {

/// The target and the host that a request names, or what is wrong with it.
std::string settled(const std::string& target, const std::string& fields,
                    const std::string& version = "1.1") {
  http_reader reader{http_reader::requests, {}};
  reader.take("GET " + target + " HTTP/" + version + "\r\n" + fields + "\r\n");
  CAF_REQUIRE(reader.done());
  auto message = reader.release();
  auto wrong = settle_host(message);
  return wrong.empty() ? message.target + " of " + std::string{message.field("host")}
                       : std::string{wrong};
}

} // namespace

CAF_TEST(a target of absolute form is a path and the host that counts) {
  const std::string other = "Host: other\r\n";
  CAF_CHECK_EQUAL(settled("http://h/health", other), "/health of h");
  CAF_CHECK_EQUAL(settled("HTTP://h:8000/a?b=http://c", other),
                  "/a?b=http://c of h:8000");
  CAF_CHECK_EQUAL(settled("https://[::1]:8000", other), "/ of [::1]:8000");
  CAF_CHECK_EQUAL(settled("http://h?a=1", other), "/?a=1 of h");
  CAF_CHECK_EQUAL(settled("http://h/a", "", "1.0"), "/a of h");
  CAF_CHECK_EQUAL(settled("http://user@h/a", other),
                  "an address begins with HOST or HOST:PORT");
  CAF_CHECK_EQUAL(settled("http:///a", other),
                  "an address begins with HOST or HOST:PORT");
  // These are no addresses.
  CAF_CHECK_EQUAL(settled("/http://h/a", other), "/http://h/a of other");
  CAF_CHECK_EQUAL(settled("*", other), "* of other");
  CAF_CHECK_EQUAL(settled("ftp://h/a", other), "ftp://h/a of other");
}

CAF_TEST(one field says who is asked) {
  CAF_CHECK_EQUAL(settled("/a", "Host: h\r\n"), "/a of h");
  CAF_CHECK_EQUAL(settled("/a", "HOST:\r\n"), "/a of ");
  CAF_CHECK_EQUAL(settled("/a", "", "1.0"), "/a of ");
  CAF_CHECK_EQUAL(settled("/a", ""), "HTTP/1.1 asks with a Host field");
  CAF_CHECK_EQUAL(settled("http://h/a", ""), "HTTP/1.1 asks with a Host field");
  for (auto version : {"1.0", "1.1"})
    CAF_CHECK_EQUAL(settled("/a", "Host: h\r\nHost: h\r\n", version),
                    "two Host fields");
}

// -- responses ----------------------------------------------------------------

CAF_TEST(an answer ends with its length or its chunks or the stream) {
  CAF_CHECK_EQUAL(response(ok + "Content-Length: 2\r\n\r\nab"), "200 [ab]");
  CAF_CHECK_EQUAL(response(ok + chunked + "0\r\n\r\n"), "200 []");
  CAF_CHECK_EQUAL(response(ok + chunked + "2\r\nab\r\n0\r\n\r\n"), "200 [ab]");
  CAF_CHECK_EQUAL(response(ok + "\r\nall of it"), "200 [all of it] closes");
  CAF_CHECK_EQUAL(response(ok + "\r\n"), "200 [] closes");
  CAF_CHECK_EQUAL(response(ok + "\r\n" + std::string(101, 'b')),
                  "body too large");
  CAF_CHECK_EQUAL(response(ok + "Content-Length: 3\r\n\r\nab"), "ended");
  CAF_CHECK_EQUAL(response(ok + chunked + "2\r\nab\r\n0\r\n"), "ended");
}

CAF_TEST(answers without a body have none whatever they say) {
  for (auto status : {"204", "304"})
    for (auto& length :
         {std::string{"Content-Length: 5\r\n\r\n"}, chunked, std::string{"\r\n"}})
      CAF_CHECK_EQUAL(response("HTTP/1.1 " + std::string{status} + " X\r\n"
                               + length + ok + "Content-Length: 1\r\n\r\na"),
                      std::string{status} + " [], 200 [a]");
}

CAF_TEST(answers on the way are passed over) {
  CAF_CHECK_EQUAL(response("HTTP/1.1 100 Continue\r\n\r\n"
                           "HTTP/1.1 103 \r\nLink: x\r\n\r\n"
                           + ok + "Content-Length: 1\r\n\r\na"),
                  "200 [a]");
  std::string many;
  for (int i = 0; i < 17; ++i)
    many += "HTTP/1.1 100 C\r\n\r\n";
  CAF_CHECK_EQUAL(response(many + ok), "malformed");
  CAF_CHECK_EQUAL(response("HTTP/1.1 100 Continue\r\n\r\n"), "");
}

CAF_TEST(behind a change of protocols nothing is read) {
  std::string text = "HTTP/1.1 101 Switching Protocols\r\n"
                     "Upgrade: websocket\r\n\r\n";
  http_reader reader{http_reader::responses, limits};
  CAF_CHECK_EQUAL(reader.take(text + "\x81\x02ok"), text.size());
  CAF_CHECK(reader.done());
  CAF_CHECK_EQUAL(reader.message().status, 101);
}

CAF_TEST(a status line may lack its reason) {
  CAF_CHECK_EQUAL(response("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
                  "200 []");
  CAF_CHECK_EQUAL(response("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
                  "200 []");
  CAF_CHECK_EQUAL(response("HTTP/1.0 999 what is this\r\n\r\n"),
                  "999 [] closes");
  for (auto bad : {"HTTP/1.1\r\n", "HTTP/1.1 \r\n", "HTTP/1.1 20\r\n",
                   "HTTP/1.1 2000\r\n", "HTTP/1.1 099 X\r\n",
                   "HTTP/1.1 -20 X\r\n", "HTTP/1.1  200 X\r\n",
                   "HTTP/2 200 OK\r\n", "ICY 200 OK\r\n", "\r\n",
                   "SSH-2.0-OpenSSH_9.2\r\n"})
    CAF_CHECK_EQUAL(response(bad), "malformed");
}

CAF_TEST(an answer with two ends is refused) {
  CAF_CHECK_EQUAL(response(ok + "Content-Length: 1\r\n" + chunked
                           + "1\r\na\r\n0\r\n\r\n"),
                  "malformed");
}

CAF_TEST(an answer may be of an old server) {
  CAF_CHECK_EQUAL(response("HTTP/1.1 200 OK\nContent-Length: 1\n\na"),
                  "200 [a]");
  CAF_CHECK_EQUAL(response(ok + "Content-Length : 1\r\n\r\na"), "200 [a]");
  CAF_CHECK_EQUAL(response(ok + "Transfer-Encoding: identity\r\n"
                                "Content-Length: 1\r\n\r\na"),
                  "200 [a]");
  CAF_CHECK_EQUAL(response("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"
                           "1\na\n0\n\n"),
                  "200 [a]");
  CAF_CHECK_EQUAL(response("HTTP/1.1 200 OK\rx"), "malformed");
}

CAF_TEST(fields of old servers may be folded) {
  http_reader reader{http_reader::responses, limits};
  reader.take(ok + "Content-Length:\r\n\t1\r\nN: a\r\n  b \r\n\r\nx");
  CAF_REQUIRE(reader.done());
  auto m = reader.release();
  CAF_CHECK_EQUAL(m.body, "x");
  CAF_CHECK_EQUAL(m.field("n"), "a b");
}

// -- fields and writing -------------------------------------------------------

CAF_TEST(fields are found by name and their words in any case) {
  http_reader reader{http_reader::requests, limits};
  reader.take("GET / HTTP/1.1\r\nConnection: keep-alive, UPGRADE\r\n"
              "Upgrade:websocket\r\nconnection: x\r\nEmpty:  \r\n\r\n");
  CAF_REQUIRE(reader.done());
  auto m = reader.release();
  CAF_CHECK(m.lists("connection", "upgrade"));
  CAF_CHECK(m.lists("connection", "x"));
  CAF_CHECK(!m.lists("connection", "keep"));
  CAF_CHECK(!m.lists("none", ""));
  CAF_CHECK_EQUAL(m.field("upgrade"), "websocket");
  CAF_CHECK_EQUAL(m.field("empty"), "");
  CAF_CHECK_EQUAL(m.field("none"), "");
}

CAF_TEST(what is claimed and has not come takes no memory) {
  http_reader reader{http_reader::responses, {1'000, 1ull << 40}};
  reader.take(ok + "Content-Length: 1000000000000\r\n\r\nab");
  CAF_CHECK_LESS(reader.message().body.capacity(), 1'000u);
}

CAF_TEST(a request that is written is read again) {
  auto text = http_request_text("POST", "/p?q",
                                {{"Host", "h"},
                                 {"Evil", "a\r\nInjected: b"},
                                 {"Ev\nil", "c"}},
                                "body");
  http_reader reader{http_reader::requests, limits};
  CAF_CHECK_EQUAL(reader.take(text), text.size());
  CAF_REQUIRE(reader.done());
  auto m = reader.release();
  CAF_CHECK_EQUAL(m.method, "POST");
  CAF_CHECK_EQUAL(m.target, "/p?q");
  CAF_CHECK_EQUAL(m.body, "body");
  CAF_CHECK_EQUAL(m.fields.size(), 2u);
}

} // namespace CAF_SUITE
