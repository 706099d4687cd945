#define CAF_SUITE runtime_audit_mutation
#include "test.hpp"

#include <random>

#include "runtime/audit/journal_fixture.hpp"

namespace CAF_SUITE {

using namespace audit_test;

namespace {

std::string some_journal() {
  auto text = trades(1, 6) + quote(1, 4, 60) + quote(2, 4, 60);
  text += line({.seq = 7, .tick = 10, .accumulated = 95,
                .more = gap("25", "shed_by_bound")});
  for (int seq = 1; seq <= 4; ++seq)
    text += line({.seq = seq, .tick = 1, .accumulated = seq, .slot = 9,
                  .symbol = "000660"});
  return text;
}

} // namespace

CAF_TEST(any change of one byte of a sealed file is found) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  journal j;
  const auto good = some_journal();
  j.seal(hour_15, good);
  CAF_REQUIRE_EQUAL(j.audit().findings(), found{});
  for (int i = 0; i < 1'000; ++i) {
    auto text = good;
    auto at = random() % text.size();
    auto change = static_cast<char>(1 + random() % 255);
    text[at] = static_cast<char>(text[at] ^ change);
    j.write(hour_15, text);
    auto a = j.audit({.threads = 1});
    if (a.status != 1 || a.findings().empty())
      CAF_ERROR("byte " << at << " ^ " << static_cast<int>(change)
                        << " not found, seed " << seed);
  }
}

CAF_TEST(any cut of a sealed file is found) {
  journal j;
  const auto good = some_journal();
  j.seal(hour_15, good);
  for (size_t size = 0; size < good.size(); size += 7) {
    j.write(hour_15, good.substr(0, size));
    CAF_CHECK_EQUAL(j.audit({.threads = 1}).status, 1);
  }
}

CAF_TEST(a changed record is found by what it says even without a manifest) {
  // The numbers that matter are tied to each other: no checksum is needed.
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  journal j;
  const auto good = some_journal();
  for (int i = 0; i < 500; ++i) {
    auto text = good;
    const char* keys[] = {"\"tick\":", "\"accumulated\":", "\"seq\":"};
    std::string key = keys[random() % 3];
    // Not in a first tick, whose volume nothing precedes, nor a last number.
    auto line_begin = text.find('\n') + 1;
    for (auto lines = random() % 4; lines > 0; --lines)
      line_begin = text.find('\n', line_begin) + 1;
    auto digit = text.find(key, line_begin) + key.size();
    auto other = static_cast<char>('0' + random() % 10);
    if (other == text[digit] || other == '0')
      continue;
    text[digit] = other;
    j.write(hour_15, text);
    if (j.audit({.threads = 1}).status != 1)
      CAF_ERROR(key << " changed to " << other << " not found, seed " << seed);
  }
}

CAF_TEST(no bytes at all upset the audit) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  journal j;
  const auto good = some_journal();
  const auto manifest = manifest_of(hour_15, good).dump();
  for (int i = 0; i < 500; ++i) {
    auto text = good;
    auto said = manifest;
    for (auto changes = random() % 30; changes > 0; --changes)
      text[random() % text.size()] = "\n{}[]\",:0\xff"[random() % 10];
    for (auto changes = random() % 3; changes > 0; --changes)
      said[random() % said.size()] = "9{}[]\",:0\xff"[random() % 10];
    j.write(hour_15, text);
    j.write(hour_15 + ".manifest.json", said);
    auto a = j.audit({.threads = 1});
    if (!a.report.is_object() || (text != good && a.status != 1))
      CAF_ERROR("status " << a.status << ", seed " << seed);
  }
}

} // namespace CAF_SUITE
