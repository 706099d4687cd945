#define CAF_SUITE runtime_storage_holder
#include "test.hpp"

#include "runtime/storage/holder.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

/// 2026-09-14T15:07:46+09:00.
constexpr int64_t afternoon_us = 1'789'366'066'000'000;

struct fixture {
  test::temporary_directory dir;
  std::string data = dir / "";
  std::string file = dir / ".holder";

  static holder_note of(const std::string& host, int64_t pid = 7) {
    holder_note out;
    out.host = host;
    out.pid = pid;
    out.pid_space = "pid:[" + host + "]";
    out.boot = "boot-1";
    out.version = "9.9";
    out.since_us = afternoon_us;
    return out;
  }
  std::string text() const {
    std::ifstream in{file};
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }
  void put(const std::string& text) const {
    std::ofstream{file} << text;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(holder_tests, fixture)

CAF_TEST(a note comes back as it was written and is one line) {
  auto note = of("3f2a1b");
  note.beat = 12;
  CAF_REQUIRE(write_holder(data, note));
  auto seen = read_holder(data);
  CAF_REQUIRE(seen.has_value());
  CAF_CHECK(seen->is_of(note));
  CAF_CHECK_EQUAL(seen->beat, 12u);
  CAF_CHECK_EQUAL(seen->version, "9.9");
  CAF_CHECK(!seen->ended);
  auto size = text().size();
  CAF_CHECK_EQUAL(text().find('\n'), size - 1);
  note.ended = true;
  note.beat = 1'000'000;
  CAF_REQUIRE(write_holder(data, note));
  CAF_CHECK_EQUAL(text().size(), size);
}

CAF_TEST(what is not ours is not touched) {
  for (auto other : {"precious", "{\"observer\":1}", "\n"}) {
    put(other);
    CAF_CHECK(!write_holder(data, of("a")));
    CAF_CHECK(!read_holder(data));
    CAF_CHECK_EQUAL(text(), other);
  }
  std::filesystem::remove(file);
  put(std::string(600, '{'));
  CAF_CHECK(!write_holder(data, of("a")));
  std::filesystem::remove(file);
  std::ofstream{dir / "target"} << "precious";
  std::filesystem::create_symlink(dir / "target", file);
  CAF_CHECK(!write_holder(data, of("a")));
  std::filesystem::remove(file);
  std::filesystem::create_hard_link(dir / "target", file);
  CAF_CHECK(!write_holder(data, of("a")));
  CAF_CHECK_EQUAL(text(), "precious");
}

CAF_TEST(a note of another shape is none or has nothing in its places) {
  CAF_CHECK(!parse_holder(""));
  CAF_CHECK(!parse_holder("{\"observer\":\"holder\""));
  CAF_CHECK(!parse_holder("[]"));
  auto odd = parse_holder(R"({"observer":"holder","host":7,"pid":"x",)"
                          R"("beat":-1,"ended":"yes"})");
  CAF_REQUIRE(odd.has_value());
  CAF_CHECK_EQUAL(odd->host, "");
  CAF_CHECK_EQUAL(odd->pid, 0);
  CAF_CHECK(!odd->ended);
}

CAF_TEST(a name from outside steers no terminal and no line) {
  auto evil = of("\x1b[2Jhost\n\"" + std::string(500, 'x'));
  CAF_REQUIRE(write_holder(data, evil));
  auto words = holder_words(*read_holder(data), of("b"));
  CAF_CHECK(words.find('\x1b') == words.npos);
  CAF_CHECK(words.find('\n') == words.npos);
  CAF_CHECK(words.size() < 300);
}

CAF_TEST(the words say where the number is one) {
  auto reader = of("here");
  CAF_CHECK_EQUAL(holder_words(of("here"), reader),
                  "process 7, since 2026-09-14T15:07:46");
  CAF_CHECK_EQUAL(holder_words(of("3f2a"), reader),
                  "process 7 of another container of this machine, host name "
                  "\"3f2a\", since 2026-09-14T15:07:46, version 9.9");
  auto far = of("vm-2");
  far.boot = "boot-2";
  CAF_CHECK(holder_words(far, reader).find("another machine") != std::string::npos);
}

CAF_TEST(a note that is renewed is found and one that stands still is not) {
  CAF_CHECK(!watch_holder(data, of("me"), 400ms)); // none at all
  auto other = of("other");
  CAF_REQUIRE(write_holder(data, other));
  CAF_CHECK(!watch_holder(data, of("me"), 400ms)); // it was killed
  CAF_CHECK(!watch_holder(data, other, 10s));      // its own, at once
  std::atomic<bool> end{false};
  std::jthread renews{[&] {
    while (!end) {
      ++other.beat;
      write_holder(data, other);
      std::this_thread::sleep_for(20ms);
    }
  }};
  auto seen = watch_holder(data, of("me"), 20s);
  end = true;
  CAF_REQUIRE(seen.has_value());
  CAF_CHECK_EQUAL(seen->host, "other");
}

CAF_TEST(a mark says its beginning and its end) {
  auto mine = of("me");
  {
    holder_mark mark{data, mine, true};
    while (!read_holder(data))
      std::this_thread::yield();
    CAF_CHECK(!read_holder(data)->ended);
  }
  CAF_CHECK(read_holder(data)->ended);
  CAF_CHECK(!watch_holder(data, of("other"), 10s)); // at once
}

CAF_TEST(a mark that another holder replaced does not end that one) {
  auto other = of("other");
  {
    holder_mark mark{data, of("me"), false};
    while (!read_holder(data))
      std::this_thread::yield();
    CAF_REQUIRE(write_holder(data, other));
  }
  auto seen = read_holder(data);
  CAF_CHECK(seen->is_of(other));
  CAF_CHECK(!seen->ended);
}

CAF_TEST(this process knows itself) {
  auto a = own_holder(afternoon_us), b = own_holder(afternoon_us);
  CAF_CHECK(a.is_of(b));
  CAF_CHECK(!a.host.empty());
  CAF_CHECK(holder_words(a, b).starts_with("process "));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
