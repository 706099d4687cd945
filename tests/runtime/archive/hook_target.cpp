#define CAF_SUITE runtime_archive_hook_target
#include "test.hpp"

#include "runtime/archive/hook_target.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

/// README's, more or less: a folder, by shell.
constexpr auto honest = R"sh(#!/bin/sh
set -eu
cd "$(dirname "$0")/store"
case $1 in
  put)
    mkdir -p "$(dirname "$2")"
    cat > "$2.part"
    [ "$(stat -c %s "$2.part")" = "$3" ] || { rm "$2.part"; exit 1; }
    mv "$2.part" "$2" ;;
  get) [ -e "$2" ] || exit 3; cat "$2" ;;
  list) [ -d "$2" ] || exit 0; cd "$2"; find . -type f -printf '%s %P\n' ;;
  remove) rm -f "$2" ;;
esac
)sh";

struct fixture {
  test::temporary_directory folder;

  hook_target with(const std::string& script, std::chrono::milliseconds p = 30s) {
    std::filesystem::create_directory(folder / "store");
    auto path = folder / "hook";
    std::ofstream{path} << script;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return hook_target{path, p};
  }
  static backup_target::bytes_source once(std::string text) {
    return [text]() mutable -> result<std::string> {
      return std::exchange(text, {});
    };
  }
  static std::string got(hook_target& target, const std::string& name) {
    std::string out;
    auto ok = target.get(name, [&](std::string_view bytes) -> result<> {
      out += bytes;
      return {};
    });
    return ok ? out : "PROBLEM " + ok.error().text;
  }
  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(hook_target_tests, fixture)

CAF_TEST(a program stores gives lists and removes) {
  auto target = with(honest);
  CAF_REQUIRE(target.prepare());
  CAF_CHECK(target.list("20260914").value().empty());
  CAF_REQUIRE(target.put("20260914/scalp/20260914_15.jsonl", 5, once("lines")));
  CAF_REQUIRE(target.put("20260914/SUCCESS", 2, once("ok")));
  CAF_CHECK_EQUAL(got(target, "20260914/scalp/20260914_15.jsonl"), "lines");
  auto files = target.list("20260914").value();
  CAF_REQUIRE_EQUAL(files.size(), 2u);
  CAF_CHECK_EQUAL(files[1].name, "scalp/20260914_15.jsonl");
  CAF_CHECK_EQUAL(files[1].bytes, 5u);
  CAF_REQUIRE(target.remove("20260914/SUCCESS"));
  CAF_REQUIRE(target.remove("20260914/SUCCESS"));
  CAF_CHECK(has(got(target, "20260914/SUCCESS"), "there is no such file"));
}

CAF_TEST(it gets what is meant for it and no secret of ours) {
  ::setenv("KIS_APP_SECRET", "canary-secret", 1);
  ::setenv("BACKUP_HOOK_TAPE", "nine", 1);
  auto target = with("#!/bin/sh\nenv\n");
  auto text = got(target, "20260914/x");
  ::unsetenv("KIS_APP_SECRET");
  ::unsetenv("BACKUP_HOOK_TAPE");
  CAF_CHECK(has(text, "OBSERVER_BACKUP_PROTOCOL=1\n"));
  CAF_CHECK(has(text, "BACKUP_HOOK_TAPE=nine\n"));
  CAF_CHECK(!has(text, "canary"));
}

CAF_TEST(half a file is not put) {
  auto target = with(honest);
  CAF_CHECK(!target.put("20260914/x", 100, once("half")));
  CAF_CHECK(target.list("20260914").value().empty());
}

CAF_TEST(a program that takes nothing and says all is well is not believed) {
  auto target = with("#!/bin/sh\nexec <&-\nexit 0\n");
  CAF_CHECK(!target.put("20260914/x", 50'000'000,
                        [left = 50]() mutable -> result<std::string> {
                          return left-- > 0 ? std::string(1'000'000, 'x')
                                            : std::string{};
                        }));
}

CAF_TEST(its status and words are told) {
  auto target = with("#!/bin/sh\necho no tape in the drive >&2\nexit 9\n");
  auto text = got(target, "20260914/x");
  CAF_CHECK(has(text, "exit status 9; it said: no tape in the drive"));
  CAF_CHECK(!target.list("20260914"));
}

CAF_TEST(a list that is none is a problem and so is an endless one) {
  CAF_CHECK(!with("#!/bin/sh\necho hello\n").list("20260914"));
  CAF_CHECK(!with("#!/bin/sh\necho '99999999999999999999999 x'\n").list("20260914"));
  CAF_CHECK(!with("#!/bin/sh\necho '5 '\n").list("20260914"));
  CAF_CHECK(!with("#!/bin/sh\nexec yes '1 x'\n").list("20260914"));
}

CAF_TEST(one that hangs is ended) {
  auto target = with("#!/bin/sh\nexec sleep 1000\n", 200ms);
  CAF_CHECK(has(got(target, "20260914/x"), "took and gave nothing"));
}

CAF_TEST(a name that is none reaches no program) {
  auto target = with("#!/bin/sh\ntouch \"$(dirname \"$0\")/called\"\n");
  for (std::string name : {"../x", "-rf", "a b", "$(x)", ""}) {
    CAF_CHECK(!target.put(name, 0, once("")));
    CAF_CHECK(!target.list(name));
    CAF_CHECK(!target.remove(name));
  }
  CAF_CHECK(!std::filesystem::exists(folder / "called"));
}

CAF_TEST(a program that is not there is told at once) {
  CAF_CHECK(has(hook_target("/no/such/hook", 1s).prepare().error().text,
                "/no/such/hook cannot be started"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
