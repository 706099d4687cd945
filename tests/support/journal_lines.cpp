#include "support/journal_lines.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/journal/journal_file.hpp"
#include "messages/journal_event.hpp"
#include "messages/korean_time.hpp"

namespace observer::test {

session_ptr make_session(uint32_t number) {
  return std::make_shared<const session_info>(
    session_info{fmt::format("run-s{}", number), number});
}

registration symbol_of(int slot) {
  return slot == 1 ? samsung
                   : registration{samsung.id, fmt::format("{:06}", 660 + slot)};
}

void add_line(outbox& box, dataset data, int slot, int64_t received_us,
              const registration& what, std::optional<uint64_t> volume) {
  auto seq = box.next_seq();
  auto& batch = box.open(received_us, data == dataset::scalp
                                        ? std::optional{what}
                                        : std::nullopt);
  line_place place{received_us, box.session()->id, slot, seq};
  if (data == dataset::scalp) {
    auto shares = volume.value_or(1'000 + seq);
    auto accumulated = std::to_string(shares);
    kis::trade t;
    t.symbol = what.symbol;
    t.execution_time = "100000";
    t.price = t.open = t.high = t.low = "70000";
    t.change_rate = "-0.5";
    t.volume = "1";
    t.accumulated_volume = accumulated;
    t.accumulated_value = "1";
    t.ask_price = t.bid_price = t.ask_size = t.bid_size = "1";
    t.side = "buy";
    t.market = "regular";
    append_trade_line(batch.text, t, what.id, &place);
    batch.last_accumulated = shares;
  } else if (data == dataset::quarantine) {
    append_reject_line(batch.text,
                       {reject_reason::bad_time, "in words", "H0STCNT0",
                        R"(raw ^ "session_id":"x","seq":9})"},
                       place);
  } else {
    append_event_line(batch.text, {.event = "gap", .detail = "in words"},
                      place);
  }
  box.line_added();
}

line_batch_ptr make_batch(dataset data, const session_ptr& session, int slot,
                          uint64_t first_seq, uint32_t n,
                          int64_t received_us) {
  outbox box{data, slot, std::make_shared<byte_budget>(UINT64_MAX)};
  box.begin_session(session);
  line_batch_ptr out;
  auto keep = [&](const line_batch_ptr& b) { out = b; };
  if (first_seq > 1) {
    for (uint64_t i = 1; i < first_seq; ++i)
      add_line(box, data, slot, received_us);
    box.flush(keep);
  }
  for (uint32_t i = 0; i < n; ++i)
    add_line(box, data, slot, received_us);
  box.flush(keep);
  return out;
}

bool found_journal::has(const std::string& session, int slot,
                        uint64_t seq) const {
  auto at = std::find(records.begin(), records.end(),
                      found_record{session, slot, seq});
  return at != records.end();
}

namespace {

/// What a manifest must say of a file's lines, by stream.
struct stream_facts {
  uint64_t first = 0, last = 0, records = 0;
  bool operator==(const stream_facts&) const = default;
};
using file_facts = std::map<std::pair<std::string, int>, stream_facts>;

std::string check_manifest(const std::string& path, const std::string& text,
                           const std::string& json, const file_facts& facts,
                           int64_t first_us, int64_t last_us) {
  auto m = parse_manifest(json);
  if (!m)
    return fmt::format("{}: its manifest cannot be read\n", path);
  std::string out;
  auto want = [&](bool fits, const char* what) {
    if (!fits)
      out += fmt::format("{}: its manifest is wrong about its {}\n", path,
                         what);
  };
  sha256 hash;
  hash.add(text);
  want(m->file == path.substr(path.rfind('/') + 1), "name");
  want(m->bytes == text.size(), "bytes");
  want(m->sha256 == hash.hex(), "hash");
  want(m->lines
         == static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n')),
       "lines");
  file_facts said;
  for (auto& s : m->streams) {
    auto& f = said[{s.session_id, s.slot}];
    f = {f.records == 0 ? s.first_seq : std::min(f.first, s.first_seq),
         std::max(f.last, s.last_seq), f.records + s.records};
  }
  want(said == facts, "streams");
  if (!text.empty()) {
    want(m->first_received_us == first_us, "first receive time");
    want(m->last_received_us == last_us, "last receive time");
  }
  return out;
}

} // namespace

found_journal read_journal(const memory_file_system& fs,
                           const std::string& directory, dataset data) {
  found_journal out;
  auto folder = directory + "/" + std::string{to_string(data)} + "/";
  std::map<found_record, std::string> seen;
  for (auto& path : fs.files()) {
    if (!path.starts_with(folder) || !path.ends_with(".jsonl"))
      continue;
    auto text = fs.text(path);
    file_facts facts;
    int64_t first_us = INT64_MAX, last_us = INT64_MIN;
    for (size_t from = 0; from < text.size();) {
      auto end = text.find('\n', from);
      auto line = text.substr(from, end == text.npos ? end : end - from);
      auto json = nlohmann::json::parse(line, nullptr, false);
      if (end == text.npos || json.is_discarded() || !json.is_object()) {
        out.problems += fmt::format("{}: torn at {}\n", path, from);
        break;
      }
      from = end + 1;
      found_record r{json["session_id"], json["slot"], json["seq"]};
      auto received = parse_timestamp(json["timestamp"].get<std::string>());
      first_us = std::min(first_us, received.value_or(0));
      last_us = std::max(last_us, received.value_or(0));
      auto [at, added] = seen.try_emplace(r, path);
      if (!added)
        out.problems += fmt::format("{} slot {} seq {} is in {} and in {}\n",
                                    r.session, r.slot, r.seq, at->second, path);
      auto& f = facts[{r.session, r.slot}];
      if (f.records++ == 0)
        f.first = r.seq;
      else if (r.seq <= f.last) // more than 1 ahead if the clock stepped back
        out.problems += fmt::format("{}: {} slot {}: seq {} behind {}\n", path,
                                    r.session, r.slot, r.seq, f.last);
      f.last = r.seq;
      out.records.push_back(std::move(r));
    }
    if (auto manifest = path + ".manifest.json"; fs.exists(manifest))
      out.problems += check_manifest(path, text, fs.text(manifest), facts,
                                     first_us, last_us);
    else
      out.open.push_back(path);
  }
  std::map<std::pair<std::string, int>, uint64_t> last;
  for (auto& [r, path] : seen) {
    auto& before = last[{r.session, r.slot}];
    if (r.seq != before + 1)
      out.problems += fmt::format("{} slot {}: nothing between {} and {}\n",
                                  r.session, r.slot, before, r.seq);
    before = r.seq;
  }
  return out;
}

} // namespace observer::test
