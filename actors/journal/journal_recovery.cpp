#include "actors/journal/journal_recovery.hpp"

#include <algorithm>
#include <utility>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "actors/journal/journal_file.hpp"
#include "messages/korean_time.hpp"

namespace observer {

namespace {

constexpr uint64_t read_bytes = 1 << 20;

/// The text behind `key` up to `end`, searched from the back: the keys that
/// place a line come last, and quotes inside values are escaped.
std::optional<std::string_view> member(std::string_view line,
                                       std::string_view key,
                                       std::string_view ends) {
  auto at = line.rfind(key);
  if (at == std::string_view::npos)
    return std::nullopt;
  at += key.size();
  auto to = line.find_first_of(ends, at);
  if (to == std::string_view::npos)
    return std::nullopt;
  return line.substr(at, to - at);
}

template <class Integer>
bool parse_integer(std::optional<std::string_view> text, Integer& out) {
  if (!text)
    return false;
  auto [end, error]
    = std::from_chars(text->data(), text->data() + text->size(), out);
  return error == std::errc{} && end == text->data() + text->size();
}

struct parsed_line {
  manifest_stream stream;
  std::optional<manifest_gap> gap;
  /// Of a trade whose cumulative volume is in doubt: what it moves that of the
  /// trades before by.
  std::optional<uint64_t> moves_by;
};

/// One line without its newline, as our writers make them; nothing if it is
/// torn or foreign.
std::optional<parsed_line> parse_line(dataset data, std::string_view line) {
  // A hole that a crash left in the file reads as zeros.
  auto when = line_time(line);
  if (!when || !line.ends_with('}') || line.find('\0') != line.npos)
    return std::nullopt;
  auto session = member(line, R"("session_id":")", "\"");
  parsed_line out;
  auto& s = out.stream;
  if (!session
      || !parse_integer(member(line, R"("slot":)", ",}"), s.slot)
      || !parse_integer(member(line, R"("seq":)", ",}"), s.last_seq))
    return std::nullopt;
  s.session_id = *session;
  s.last_received_us = *when;
  if (data != dataset::scalp)
    return out;
  auto tr_id = member(line, R"("tr_id":")", "\"");
  auto symbol = member(line, R"("symbol":")", "\"");
  if (!tr_id || !symbol)
    return std::nullopt;
  s.tr_id = *tr_id;
  s.symbol = *symbol;
  uint64_t accumulated = 0;
  // A quote's volume is the exchange's of that moment, no tick of ours.
  if (auto id = kis::parse_tr(*tr_id); id && kis::is_trade(*id)
      && parse_integer(member(line, R"("accumulated":)", ",}"), accumulated)) {
    auto doubts = member(line, R"("doubt":[)", "]").value_or("");
    if (doubts.find(R"("volume")") == doubts.npos) {
      s.last_accumulated = accumulated;
    } else if (doubts.find(R"("tick")") == doubts.npos) {
      uint64_t tick = 0;
      if (parse_integer(member(line, R"("tick":)", ",}"), tick))
        out.moves_by = tick;
    }
  }
  if (auto date = member(line, R"("business_date":")", "\""))
    s.last_day = parse_korean_date(*date);
  if (auto why = member(line, R"("gap":{"cause":")", "\"")) {
    manifest_gap gap{s.last_seq, s.symbol, parse_cause(*why).value_or(cause::none), 0};
    parse_integer(member(line, R"("missing_shares":)", ",}"),
                  gap.missing_shares);
    out.gap = gap;
  }
  return out;
}

/// Keeps a torn tail in a file of the quarantine of its own, in pieces whose
/// lines no reader finds too long.
std::optional<io_problem> keep_tail(file_system& fs,
                                    const std::string& data_dir,
                                    const std::string& from, uint64_t offset,
                                    std::string_view tail, int64_t now_us) {
  auto batch = std::make_shared<line_batch>();
  batch->data = dataset::quarantine;
  batch->session = std::make_shared<const session_info>(
    session_info{fmt::format("recovery-{}-{}-{}", now_us, from, offset), 0});
  batch->slot = recovery_slot;
  batch->first_seq = 1;
  batch->first_received_us = batch->last_received_us = now_us;
  for (size_t done = 0; done < tail.size(); done += reject_raw_bytes_max) {
    auto piece = tail.substr(done, reject_raw_bytes_max);
    auto detail = fmt::format("cut from {} at offset {}: {} bytes that are no "
                              "whole line",
                              from, offset + done, piece.size());
    std::string line;
    line_place place{now_us, batch->session->id, recovery_slot,
                     ++batch->lines};
    append_reject_line(line, {reject_reason::none, detail, "", piece, 0},
                       place);
    // The closed list of reasons is for records; this is a piece of a line.
    constexpr std::string_view nothing = R"("reason":"none","cause":"none")";
    line.replace(line.find(nothing), nothing.size(),
                 R"("reason":"torn_line","cause":"daemon_down")");
    batch->text += line;
  }
  auto made = journal_file::create(fs, data_dir, dataset::quarantine,
                                   file_base(dataset::quarantine, now_us));
  if (made.problem)
    return made.problem;
  std::string buffer;
  if (auto bad = made.file->commit({{batch, 0}}, buffer))
    return bad;
  return made.file->seal(now_us, "recovery");
}

struct scan_result {
  manifest_builder builder;
  /// The last whole line ends here.
  uint64_t good_bytes = 0;
  /// Lines before that which somebody damaged.
  uint64_t foreign_lines = 0;
  std::string tail;
  std::optional<io_problem> problem;
};

/// Reads an open file to the end of its last whole line. What is damaged before
/// that was written and synced as a line, and what stands behind it still is.
scan_result scan(file_system& fs, const std::string& path, dataset data,
                 uint64_t bytes_max) {
  scan_result out;
  std::string pending;
  /// Damaged, and nothing whole behind it so far.
  std::string torn;
  uint64_t torn_lines = 0;
  uint64_t offset = 0;
  while (offset < bytes_max) {
    auto got = fs.read(path, offset, std::min(read_bytes, bytes_max - offset));
    if (got.problem) {
      out.problem = got.problem;
      return out;
    }
    if (got.bytes.empty())
      break;
    offset += got.bytes.size();
    pending += got.bytes;
    size_t from = 0;
    for (size_t end; (end = pending.find('\n', from)) != pending.npos;
         from = end + 1) {
      auto text = std::string_view{pending}.substr(from, end + 1 - from);
      auto line = parse_line(data, text.substr(0, text.size() - 1));
      if (!line) {
        torn += text;
        ++torn_lines;
        continue;
      }
      if (torn_lines > 0) {
        out.builder.add_foreign(torn);
        out.foreign_lines += std::exchange(torn_lines, 0);
        torn.clear();
      }
      out.builder.add_line(line->stream, text, line->gap, line->moves_by);
    }
    pending.erase(0, from);
  }
  out.good_bytes = out.builder.bytes();
  out.tail = std::move(torn) + pending;
  return out;
}

void learn(recovered_journal& out, const manifest& m) {
  for (auto& s : m.streams) {
    auto& last = out.last_seq[{s.session_id, s.slot}];
    last = std::max(last, s.last_seq);
    if (!s.last_accumulated)
      continue;
    auto& base = out.baselines[{s.tr_id, s.symbol}];
    tick_baseline tick{*s.last_accumulated, s.last_received_us, s.last_day};
    if (is_newer(tick, base))
      base = tick;
  }
}

/// Learns from a sealed file's manifest, or else from its lines. A file of the
/// past that cannot be read at all must not keep the present from being
/// recorded.
void learn_sealed(file_system& fs, const std::string& path, dataset data,
                  const std::string& folder, const std::string& name,
                  int64_t now_us, recovered_journal& out) {
  auto got = fs.read(path + ".manifest.json", 0, UINT64_MAX);
  if (!got.problem)
    if (auto m = parse_manifest(got.bytes)) {
      learn(out, *m);
      return;
    }
  auto lines = scan(fs, path, data, UINT64_MAX);
  if (lines.problem) // once more: a fault may pass
    lines = scan(fs, path, data, UINT64_MAX);
  auto why = got.problem ? got.problem->text()
                         : fmt::format("{}/{}.manifest.json is no manifest",
                                       folder, name);
  if (lines.problem) {
    out.said.push_back(fmt::format(
      "{}; nor can its file be read: {}; gaps after its records may be wrong or "
      "missing; `observer audit` says more",
      why, lines.problem->text()));
    return;
  }
  out.said.push_back(why + ": its file's lines are looked at instead");
  learn(out, lines.builder.finish(name, folder, now_us, "recovery"));
}

/// Does the file's name say today or yesterday?
bool is_recent(const std::string& file, int64_t now_us) {
  auto day = file.substr(0, 8);
  return day >= korean_date(now_us - us_per_day);
}

} // namespace

recovered_journal recover_dataset(file_system& fs, const std::string& data_dir,
                                  dataset data, int64_t now_us,
                                  const trusted_offsets& trusted) {
  recovered_journal out;
  auto folder = std::string{to_string(data)};
  auto directory = data_dir + "/" + folder;
  auto listed = fs.list(directory);
  if (listed.problem) {
    out.problem = listed.problem;
    return out;
  }
  std::set<std::string> present(listed.names.begin(), listed.names.end());
  for (auto& name : listed.names) {
    auto path = directory + "/" + name;
    if (name.ends_with(".manifest.json.tmp")) {
      fs.remove(path);
      continue;
    }
    if (!name.ends_with(".jsonl"))
      continue;
    if (present.contains(name + ".manifest.json")) {
      if (!is_recent(name, now_us))
        continue;
      learn_sealed(fs, path, data, folder, name, now_us, out);
      continue;
    }
    if (auto bad = fs.settle(path)) {
      out.problem = bad;
      return out;
    }
    auto measured = fs.size(path);
    if (measured.problem) {
      out.problem = measured.problem;
      return out;
    }
    auto size = measured.bytes;
    auto known = trusted.find(path);
    auto limit = known == trusted.end() ? size : std::min(size, known->second);
    auto found = scan(fs, path, data, limit);
    if (found.problem) {
      out.problem = found.problem;
      return out;
    }
    if (!found.tail.empty()) {
      if (auto bad = keep_tail(fs, data_dir, folder + "/" + name,
                               found.good_bytes, found.tail, now_us)) {
        out.problem = bad;
        return out;
      }
      out.torn_bytes += found.tail.size();
      out.said.push_back(
        fmt::format("{}/{}: the last {} bytes were no whole line; cut off "
                    "into the quarantine",
                    folder, name, found.tail.size()));
    }
    if (found.good_bytes < size) {
      if (auto bad = fs.truncate(path, found.good_bytes)) {
        out.problem = bad;
        return out;
      }
    }
    if (found.foreign_lines > 0)
      out.said.push_back(fmt::format(
        "{}/{}: {} lines in its middle are damaged; they stay, and so do the "
        "whole lines behind them; `observer audit` names them",
        folder, name, found.foreign_lines));
    auto m = found.builder.finish(name, folder, now_us, "recovery");
    if (auto bad = write_manifest(fs, directory, path, m)) {
      out.problem = bad;
      return out;
    }
    learn(out, m);
    out.said.push_back(fmt::format("{}/{}: was left open; sealed with {} lines",
                                   folder, name, m.lines));
  }
  return out;
}

} // namespace observer
