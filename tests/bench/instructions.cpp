// The path of a tick for an instruction counter: `instructions PART RECORDS`
// does one part of it for so many records of a fixed input, and prints what it
// did, so that nothing is left out by the compiler.

#include <charconv>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "actors/journal/outbox.hpp"
#include "frames.hpp"
#include "messages/jsonl.hpp"
#include "messages/kis/frame.hpp"
#include "messages/kis/record.hpp"

namespace {

using namespace observer;

/// 2026-09-14 10:00:00 in Korea.
constexpr int64_t ten_us = 1'789'347'600'000'000;
constexpr uint32_t per_frame = 4;
/// Of one slot in one batch.
constexpr int frames_a_batch = 5;

std::vector<std::string> input() {
  bench::frame_maker maker{per_frame, ten_us};
  std::vector<std::string> out(slots_per_session);
  for (auto& text : out)
    maker.append(text, per_frame);
  return out;
}

/// Splits, checks, and gives each trade to `each`.
template <class Each>
void parse(std::string_view text, Each each) {
  auto split = kis::split_frame(text);
  kis::record_cursor cursor{split.value};
  std::string_view record;
  kis::trade trade;
  while (cursor.next(record))
    if (kis::parse_trade(record, split.value.width, trade).reason
        == reject_reason::none)
      each(trade, split.value.id);
}

size_t parse_only(const std::vector<std::string>& frames, size_t records) {
  size_t digits = 0;
  for (size_t i = 0; i < records / per_frame; ++i)
    parse(frames[i % frames.size()],
          [&](const kis::trade& t, kis::tr) { digits += t.price.size(); });
  return digits;
}

size_t format_only(const std::vector<std::string>& frames, size_t records) {
  std::string out;
  line_place place{ten_us, "20260914T085959-7f3a2c-s1", 3, 0};
  size_t bytes = 0;
  parse(frames[0], [&](const kis::trade& t, kis::tr id) {
    for (size_t i = 0; i < records / per_frame; ++i) {
      out.clear();
      ++place.seq;
      append_trade_line(out, t, id, &place);
      bytes += out.size();
    }
  });
  return bytes;
}

/// As a slot does it: lines into its outbox, batches out, acknowledgements.
size_t whole_path(const std::vector<std::string>& frames, size_t records) {
  outbox box{dataset::scalp, 3, std::make_shared<byte_budget>(UINT64_MAX)};
  box.begin_session(std::make_shared<const session_info>(
    session_info{"20260914T085959-7f3a2c-s1", 1}));
  std::optional<registration> what{{kis::tr::h0stcnt0, "005930"}};
  size_t bytes = 0;
  auto send = [&](const line_batch_ptr& b) { bytes += b->text.size(); };
  for (size_t next = 0; next < records / per_frame;) {
    box.expect_lines(frames_a_batch * per_frame);
    for (int f = 0; f < frames_a_batch; ++f)
      parse(frames[next++ % frames.size()],
            [&](const kis::trade& t, kis::tr id) {
              auto& batch = box.open(ten_us, what);
              line_place place{ten_us, box.session()->id, 3, box.next_seq()};
              append_trade_line(batch.text, t, id, &place);
              box.line_added();
            });
    box.flush(send);
    box.acknowledge({dataset::scalp, 1, 1, box.next_seq() - 1, nullptr},
                    [](const line_batch&) {});
  }
  return bytes;
}

} // namespace

int main(int argc, char** argv) {
  std::string_view part = argc == 3 ? argv[1] : "";
  size_t records = 0;
  if (argc == 3)
    std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), records);
  auto run = part == "parse"    ? parse_only
             : part == "format" ? format_only
             : part == "path"   ? whole_path
                                : nullptr;
  if (run == nullptr || records == 0) {
    std::cerr << "instructions parse|format|path RECORDS\n";
    return 2;
  }
  std::cout << run(input(), records) << "\n";
}
