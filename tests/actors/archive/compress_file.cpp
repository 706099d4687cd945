#define CAF_SUITE actors_archive_compress_file
#include "actors/archive/compress_file.hpp"

#include <cerrno>
#include <random>

#include "actors/journal/manifest_builder.hpp"
#include "messages/manifest.hpp"
#include "support/memory_file_system.hpp"
#include "support/zstd_text.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using test::fs_op;
using test::memory_file_system;
using test::text_of_zstd;
using test::zstd_text;

namespace {

const std::string name = "scalp/20260914_15.jsonl";
const std::string plain = "data/" + name;
const std::string zstd = plain + ".zst";
const std::string half = zstd + ".tmp";

std::string lines(size_t n) {
  std::mt19937_64 random{n};
  std::string out;
  for (size_t i = 0; i < n; ++i)
    out += "{\"seq\":" + std::to_string(i) + ",\"price\":"
           + std::to_string(random() % 1'000'000) + "}\n";
  return out;
}

/// Two reads long.
const std::string text = lines(45'000);

std::string manifest_of(const std::string& of) {
  manifest m;
  m.file = name.substr(name.find('/') + 1);
  m.dataset = "scalp";
  m.bytes = of.size();
  sha256 hash;
  hash.add(of);
  m.sha256 = hash.hex();
  m.sealed_because = "hour";
  return to_json(m);
}

bool contains(const std::string& said, const std::string& part) {
  return said.find(part) != std::string::npos;
}

/// Takes its time once for each copy that is another one.
bool holds_all(std::string_view copy) {
  static std::string good;
  if (copy.empty())
    return false;
  if (copy != good && text_of_zstd(copy) == text)
    good = copy;
  return copy == good;
}

/// Every line is in a file under a name of the journal.
bool nothing_is_lost(const memory_file_system& fs) {
  return fs.view(plain) == text || holds_all(fs.view(zstd));
}

/// Tells another story of a file than what was written into it.
class lying_disk : public memory_file_system {
 public:
  std::function<void(lying_disk&)> when_settled;

  std::optional<io_problem> settle(const std::string& path,
                                   uint64_t from) override {
    auto bad = memory_file_system::settle(path, from);
    if (when_settled)
      when_settled(*this);
    return bad;
  }
};

struct fixture {
  fixture() {
    seal();
  }
  void seal(const std::string& of = text) {
    fs.put(plain, of);
    fs.put(plain + ".manifest.json", manifest_of(of));
  }
  result<compressed_file> compress(const std::string& what = name) {
    return compress_file(fs, "data", what, [this] {
      return go_on == 0 || --go_on > 0;
    });
  }
  std::string problem(const std::string& what = name) {
    auto done = compress(what);
    return done ? "none" : done.error().text;
  }
  /// Nothing but the plain file and its manifest, as they were.
  bool is_as_before() const {
    return fs.files().size() == 2 && fs.view(plain) == text;
  }
  bool is_done() const {
    return fs.files().size() == 2 && holds_all(fs.view(zstd));
  }

  lying_disk fs;
  /// Asked so often it says no.
  int go_on = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(compress_file_tests, fixture)

CAF_TEST(a sealed file becomes a smaller one beside its manifest) {
  auto words = fs.text(plain + ".manifest.json");
  auto done = compress();
  CAF_REQUIRE(done.has_value());
  CAF_CHECK_EQUAL(done->name, name + ".zst");
  CAF_CHECK_EQUAL(done->plain_bytes, text.size());
  CAF_CHECK_EQUAL(done->bytes, fs.view(zstd).size());
  CAF_CHECK(done->bytes < text.size() / 2);
  CAF_CHECK(is_done());
  CAF_CHECK_EQUAL(fs.text(plain + ".manifest.json"), words);
  CAF_CHECK(fs.entry_is_durable(zstd));
  CAF_CHECK(!fs.entry_is_durable(plain));
  CAF_CHECK_EQUAL(fs.synced_bytes(zstd), done->bytes);
}

CAF_TEST(a file that is compressed already is done) {
  CAF_REQUIRE(compress().has_value());
  auto bytes = fs.text(zstd);
  auto again = compress();
  CAF_REQUIRE(again.has_value());
  CAF_CHECK_EQUAL(again->name, name + ".zst");
  CAF_CHECK_EQUAL(again->bytes, bytes.size());
  CAF_CHECK_EQUAL(fs.text(zstd), bytes);
}

CAF_TEST(only names of the journal are taken) {
  for (auto other : {"", "scalp", "scalp/", "/scalp/20260914_15.jsonl",
                     "scalp/../scalp/20260914_15.jsonl", "../data/x",
                     "scalp/notes.jsonl", "state/20260914_15.jsonl",
                     "scalp/20260914_15.jsonl.zst", "system/20260914_15.jsonl",
                     "scalp/20260914_15.jsonl.manifest.json"})
    CAF_CHECK(contains(problem(other), "is no file of the journal"));
  CAF_CHECK(is_as_before());
}

CAF_TEST(a file that is not sealed is left) {
  fs.take_away(plain + ".manifest.json");
  CAF_CHECK(contains(problem(), "it has no manifest"));
  auto other = manifest_of(text);
  other.replace(other.find("20260914_15"), 11, "20260914_14");
  for (auto& words : {std::string{}, std::string(300, '\0'),
                      std::string{"my notes"}, other}) {
    fs.put(plain + ".manifest.json", words);
    CAF_CHECK(contains(problem(), "is not the manifest of it"));
    CAF_CHECK(is_as_before());
  }
}

CAF_TEST(a file that is not what was sealed is left) {
  auto longer = text + "{\"of\":\"somebody\"}\n", other = text;
  other[other.size() / 2] ^= 1;
  for (auto& is : {longer, text.substr(1), other}) {
    fs.put(plain, is);
    CAF_CHECK(contains(problem(), "`observer audit` says more"));
    CAF_CHECK_EQUAL(fs.files().size(), 2u);
    CAF_CHECK(fs.view(plain) == is);
  }
}

CAF_TEST(a file without a line stays plain) {
  seal("");
  auto done = compress();
  CAF_REQUIRE(done.has_value());
  CAF_CHECK_EQUAL(done->name, name);
  CAF_CHECK(fs.exists(plain) && !fs.exists(zstd));
}

CAF_TEST(a file that is gone is a problem) {
  fs.take_away(plain);
  CAF_CHECK(contains(problem(), "is gone"));
}

CAF_TEST(a copy that somebody made is taken when it proves good) {
  auto first = text.substr(0, text.size() / 2);
  for (auto& copy : {zstd_text(text, 19),
                     zstd_text(first) + zstd_text(text.substr(first.size()))}) {
    seal();
    fs.put(zstd, copy);
    CAF_CHECK_EQUAL(problem(), "none");
    CAF_CHECK(is_done());
    CAF_CHECK(fs.view(zstd) == copy);
  }
}

CAF_TEST(what has the name of the copy and is none is left with the file) {
  auto cut = zstd_text(text), other = text;
  cut.pop_back();
  other[7] ^= 1;
  for (auto& is : {std::string{}, std::string{"my notes"}, zstd_text("short\n"),
                   cut, zstd_text(text) + "more", zstd_text(text + "more\n"),
                   zstd_text(other), zstd_text(text, 3, 24)}) {
    fs.put(zstd, is);
    CAF_CHECK(contains(problem(), "is no copy of what"));
    CAF_CHECK(fs.view(zstd) == is && fs.view(plain) == text);
    CAF_CHECK_EQUAL(fs.files().size(), 3u);
  }
}

CAF_TEST(a good copy does not take a file that was changed since) {
  auto other = text;
  other[7] ^= 1;
  for (auto& is : {text + "more\n", other}) {
    fs.put(plain, is);
    fs.put(zstd, zstd_text(text));
    CAF_CHECK(contains(problem(), "in its manifest"));
    CAF_CHECK(fs.view(plain) == is);
  }
}

CAF_TEST(a half copy of an earlier life is replaced) {
  CAF_REQUIRE(compress().has_value());
  auto whole = fs.text(zstd);
  fs.take_away(zstd);
  for (auto& is : {std::string{}, std::string(5'000, '\0'), whole.substr(0, 3),
                   whole.substr(0, 7), whole.substr(0, whole.size() / 2), whole,
                   whole.substr(0, 6) + std::string(999, '\0')}) {
    fs.take_away(zstd);
    seal();
    fs.put(half, is);
    CAF_CHECK_EQUAL(problem(), "none");
    CAF_CHECK(is_done());
  }
}

CAF_TEST(somebody elses file under a temporary name stays) {
  auto other = lines(70'000);
  for (auto& is : {std::string{"my notes"}, std::string{"\x28\xB5"} + "notes",
                   zstd_text(other)}) {
    fs.take_away(zstd);
    seal();
    fs.put(half, is);
    CAF_CHECK_EQUAL(problem(), "none");
    CAF_CHECK(fs.view(half) == is);
    CAF_CHECK(text_of_zstd(fs.view(zstd)) == text);
    CAF_CHECK_EQUAL(fs.files().size(), 3u);
  }
}

CAF_TEST(a copy that the disk changed is not taken) {
  for (auto damage : {0, 1, 2}) {
    fs.when_settled = [damage](lying_disk& disk) {
      auto bytes = disk.text(half);
      if (damage == 0)
        bytes.pop_back();
      else if (damage == 1)
        bytes[bytes.size() / 2] ^= 4;
      else
        bytes[bytes.size() - 12] ^= 4; // in its table
      disk.put(half, bytes);
    };
    CAF_CHECK(contains(problem(), "the disk may be failing"));
    CAF_CHECK(is_as_before());
  }
  fs.when_settled = nullptr;
  CAF_CHECK_EQUAL(problem(), "none");
  CAF_CHECK(is_done());
}

CAF_TEST(a name that was taken meanwhile is not taken again) {
  fs.when_settled = [](lying_disk& disk) { disk.put(zstd, "of somebody"); };
  CAF_CHECK(contains(problem(), "there is a"));
  CAF_CHECK_EQUAL(fs.text(zstd), "of somebody");
  CAF_CHECK(fs.view(plain) == text && !fs.exists(half));
}

CAF_TEST(a disk that is nearly full is left to who records) {
  fs.free_bytes = 1 << 20;
  CAF_CHECK(contains(problem(), "1048576 bytes are free"));
  CAF_CHECK(is_as_before());
}

CAF_TEST(it ends wherever it is told to) {
  for (int n = 1;; ++n) {
    go_on = n;
    auto said = problem();
    if (said == "none")
      break;
    CAF_CHECK(contains(said, "stopped before it was done"));
    CAF_REQUIRE(is_as_before());
    CAF_REQUIRE(n < 1'000);
  }
  CAF_CHECK(is_done());
}

CAF_TEST(whichever operation fails no line is lost and the next try is done) {
  for (auto code : {EIO, ENOSPC, EACCES})
    for (auto for_good : {false, true})
      for (uint64_t n = 1;; ++n) {
        auto before = fs.failures();
        fs.fail_nth(n, code, for_good);
        auto failed = !compress().has_value();
        auto struck = fs.failures() > before;
        fs.mend();
        CAF_REQUIRE(failed == struck);
        CAF_REQUIRE(nothing_is_lost(fs));
        CAF_REQUIRE_EQUAL(problem(), "none");
        if (!is_done())
          CAF_ERROR("operation " << n << " failed with " << code);
        fs.take_away(zstd);
        seal();
        if (!struck)
          break;
      }
}

CAF_TEST(a power cut at any operation loses no line) {
  constexpr uint64_t seeds = 6;
  for (uint64_t seed = 1; seed <= seeds; ++seed)
    for (uint64_t n = 1;; ++n) {
      memory_file_system disk{seed};
      disk.put(plain, text);
      disk.put(plain + ".manifest.json", manifest_of(text));
      auto go = [] { return true; };
      disk.stop_at(n);
      auto done = compress_file(disk, "data", name, go).has_value();
      auto stopped = disk.stopped();
      disk.cut_power();
      if (!nothing_is_lost(disk))
        CAF_FAIL("seed " << seed << ": power cut at operation " << n);
      auto again = compress_file(disk, "data", name, go);
      if (!again || disk.exists(plain) || disk.exists(half)
          || !nothing_is_lost(disk))
        CAF_FAIL("seed " << seed << ": the try after a power cut at operation "
                         << n);
      if (!stopped) {
        CAF_CHECK(done);
        break;
      }
    }
}

CAF_TEST(a sync that failed before a power cut loses no line) {
  constexpr uint64_t seeds = 4;
  for (auto kind : {fs_op::sync, fs_op::settle, fs_op::sync_directory})
    for (uint64_t seed = 1; seed <= seeds; ++seed)
      for (uint64_t n = 1; n <= 3; ++n) {
        memory_file_system disk{seed};
        disk.put(plain, text);
        disk.put(plain + ".manifest.json", manifest_of(text));
        disk.fail_nth(kind, n, EIO);
        auto go = [] { return true; };
        static_cast<void>(compress_file(disk, "data", name, go));
        disk.mend();
        if (seed % 2 == 0)
          static_cast<void>(compress_file(disk, "data", name, go));
        disk.cut_power();
        if (!nothing_is_lost(disk))
          CAF_FAIL(to_string(kind) << " " << n << ", seed " << seed);
        CAF_CHECK(compress_file(disk, "data", name, go).has_value());
      }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
