#define CAF_SUITE fuzz_mutations
#include "test.hpp"

// The entries of the fuzzers on every run: each file of the corpus as it is,
// and damaged in some hundred ways. The same seeds each time, so that a red run
// is red again; a seed belongs to a file and a round, whatever else there is.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <set>

#include "fuzz/entries.hpp"
#include "fuzz/whole_path.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

namespace fs = std::filesystem;

constexpr uint64_t rounds = 200;
/// Doubling must not make the suite slow.
constexpr size_t bytes_max = 8192;

struct corpus_file {
  std::string name;
  std::string bytes;
};

fs::path corpus() {
  return fs::path{OBSERVER_SOURCE_DIR} / "tests/fuzz/corpus";
}

std::vector<corpus_file> files_of(std::string_view entry) {
  std::vector<corpus_file> out;
  for (auto& at : fs::directory_iterator{corpus() / entry}) {
    std::ifstream in{at.path(), std::ios::binary};
    out.push_back({at.path().filename().string(),
                   {std::istreambuf_iterator<char>{in}, {}}});
  }
  std::ranges::sort(out, {}, &corpus_file::name);
  return out;
}

/// FNV-1a: std::hash may differ from one library to the next.
uint64_t seed_of(std::string_view name, uint64_t round) {
  auto hash = 14695981039346656037u + round;
  for (auto c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

/// Words that mean something to one reader or another.
constexpr std::string_view tokens[] = {
  "^", "|", "0|H0STCNT0|001|", "(null)", "-0", "1000000000000000000",
  "9223372036854775808", "1e999", "-1", "1.5", "\n", "\r\n", "\"", "\\",
  "\\u0000", "\\ud800", "{", "}", "[[[[", "]", ",", ":", "null", "true",
  "\xEF\xBB\xBF", "\xED\xA0\x80", "\xFF", std::string_view{"\0", 1}, "%41",
  "?", "://", "[kis]\n", "app_key = \"", "\"format\":1", "HTTP/1.1\r\n\r\n"};

class mutator {
public:
  mutator(uint64_t seed, const std::vector<corpus_file>& files)
    : random_{seed}, files_{files} {
  }

  std::string mutated(std::string text) {
    for (auto n = 1 + below(4); n > 0; --n)
      damage(text);
    text.resize(std::min(text.size(), bytes_max));
    return text;
  }

private:
  size_t below(size_t n) {
    return n == 0 ? 0 : random_() % n;
  }

  /// A piece of the text: where, and how long.
  std::pair<size_t, size_t> piece(const std::string& text) {
    auto at = below(text.size() + 1);
    return {at, below(std::min<size_t>(text.size() - at, 64) + 1)};
  }

  void damage(std::string& text) {
    auto [at, size] = piece(text);
    switch (below(8)) {
      case 0: // one bit
        if (at < text.size())
          text[at] = static_cast<char>(text[at] ^ 1 << below(8));
        break;
      case 1: // another byte
        if (at < text.size())
          text[at] = static_cast<char>(below(256));
        break;
      case 2: // the end is missing
        text.resize(at);
        break;
      case 3: // a piece is missing
        text.erase(at, size);
        break;
      case 4: // a piece twice
        text.insert(at, text.substr(at, size));
        break;
      case 5: // a word between
        text.insert(at, tokens[below(std::size(tokens))]);
        break;
      case 6: // a word instead
        text.replace(at, size, tokens[below(std::size(tokens))]);
        break;
      case 7: { // on with another file
        auto& other = files_[below(files_.size())].bytes;
        text.resize(at);
        text += other.substr(below(other.size() + 1));
        break;
      }
    }
  }

  std::mt19937_64 random_;
  const std::vector<corpus_file>& files_;
};

/// Runs an entry on a copy that ends where its bytes end, so that the address
/// sanitizer sees a step beyond.
void run(const fuzz::entry& entry, const std::string& bytes,
         const std::string& what) {
  auto copy = std::make_unique<char[]>(bytes.size());
  std::ranges::copy(bytes, copy.get());
  try {
    entry.run({copy.get(), bytes.size()});
  } catch (const std::exception& e) {
    auto kept = fs::current_path() / "finding";
    std::ofstream{kept, std::ios::binary} << bytes;
    CAF_FAIL(entry.name << ", " << what << ": " << e.what()
                        << "\nthe input is kept in " << kept.string());
  }
}

} // namespace

CAF_TEST(every entry has a corpus and every corpus an entry) {
  std::set<std::string> folders, names;
  for (auto& at : fs::directory_iterator{corpus()})
    folders.insert(at.path().filename().string());
  for (auto& entry : fuzz::entries) {
    names.emplace(entry.name);
    CAF_CHECK(files_of(entry.name).size() >= 5);
  }
  CAF_CHECK_EQUAL(folders, names);
}

CAF_TEST(the corpus is read as the contracts say) {
  for (auto& entry : fuzz::entries)
    for (auto& file : files_of(entry.name))
      run(entry, file.bytes, file.name);
}

CAF_TEST(a damaged corpus is read as the contracts say) {
  for (auto& entry : fuzz::entries) {
    auto files = files_of(entry.name);
    auto first = seed_of(files.front().name, 0);
    CAF_MESSAGE(entry.name << ": " << files.size() << " files, " << rounds
                           << " rounds each, first seed " << first);
    for (auto& file : files)
      for (uint64_t round = 0; round < rounds; ++round) {
        auto seed = seed_of(file.name, round);
        // Two of three times by who knows what a frame is.
        auto knows = entry.name == "whole_path" && round % 3 != 0;
        run(entry,
            knows ? fuzz::mutated_path(file.bytes, seed)
                  : mutator{seed, files}.mutated(file.bytes),
            file.name + ", seed " + std::to_string(seed));
      }
  }
}

} // namespace CAF_SUITE
