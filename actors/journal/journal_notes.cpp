#include "actors/journal/journal_notes.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>

#include <fmt/format.h>

#include "actors/journal/journal_file.hpp"
#include "actors/journal/journal_line.hpp"
#include "actors/journal/own_files.hpp"
#include "messages/journal_event.hpp"
#include "messages/jsonl.hpp"

namespace observer {

namespace {

constexpr uint64_t read_bytes = 1 << 20;

std::shared_ptr<line_batch> batch_of(dataset data, const session_ptr& session,
                                     uint64_t first_seq, int64_t now_us) {
  auto out = std::make_shared<line_batch>();
  out->data = data;
  out->session = session;
  out->slot = recovery_slot;
  out->first_seq = first_seq;
  out->first_received_us = out->last_received_us = now_us;
  return out;
}

/// A note is durable before its manifest is: whoever starts next seals it, too.
journal_note sealed(journal_file& file, int64_t now_us) {
  file.seal(now_us, "recovery");
  return {*file.name(), std::nullopt};
}

} // namespace

std::string lost_records::text() const {
  return fmt::format("{}: seq {} to {} of session {} slot {} were on disk and "
                     "acknowledged, and are gone: {}",
                     file, first_seq, last_seq, session_id, slot, found);
}

journal_note note_lost(file_system& fs, const std::string& data_dir,
                       const std::string& dataset_name,
                       const std::vector<lost_records>& lost, int64_t now_us) {
  auto made = journal_file::create(fs, data_dir, dataset::system,
                                   file_base(dataset::system, now_us));
  if (made.problem)
    return {{}, made.problem};
  auto session = std::make_shared<const session_info>(
    session_info{fmt::format("lost-{}-{}", now_us, lost.front().file), 0});
  auto batch = batch_of(dataset::system, session, 1, now_us);
  for (auto& l : lost) {
    auto detail = l.text();
    journal_event e{.event = "gap", .why = l.why, .detail = detail,
                    .tr_id = l.tr_id, .symbol = l.symbol, .from_us = l.from_us,
                    .to_us = l.to_us, .records = l.records};
    e.lost = lost_lines{dataset_name, l.session_id, l.slot, l.first_seq,
                        l.last_seq};
    append_event_line(batch->text, e,
                      {now_us, session->id, recovery_slot, ++batch->lines});
  }
  std::string buffer;
  if (auto bad = made.file->commit({{batch, 0}}, buffer)) {
    made.file->discard();
    return {{}, bad};
  }
  return sealed(*made.file, now_us);
}

journal_note note_cut(file_system& fs, const std::string& data_dir,
                      const cut_bytes& what, int64_t now_us) {
  auto made = journal_file::create(fs, data_dir, dataset::quarantine,
                                   file_base(dataset::quarantine, now_us));
  if (made.problem)
    return {{}, made.problem};
  auto session = std::make_shared<const session_info>(session_info{
    fmt::format("recovery-{}-{}-{}", now_us, what.shown, what.begin), 0});
  std::string buffer;
  uint64_t seq = 0;
  for (auto offset = what.begin; offset < what.end;) {
    auto batch = batch_of(dataset::quarantine, session, seq + 1, now_us);
    constexpr uint32_t pieces_max = 8; // of one commit
    for (; offset < what.end && batch->lines < pieces_max; ++batch->lines) {
      auto got = fs.read(what.path, offset,
                         std::min<uint64_t>(what.end - offset,
                                            reject_raw_bytes_max));
      if (!got.problem && got.bytes.empty())
        got.problem = io_problem{"read", what.path, EIO, "the file shrinks"};
      if (got.problem)
        return {*made.file->name(), got.problem};
      auto detail = fmt::format("cut from {} at offset {}: {} bytes that are {}",
                                what.shown, offset, got.bytes.size(),
                                what.foreign ? "not of the journal"
                                             : "no whole line");
      std::string line;
      append_reject_line(line, {reject_reason::none, detail, "", got.bytes, 0},
                         {now_us, session->id, recovery_slot, ++seq});
      // The closed list of reasons is for records; this is a piece of a line.
      constexpr std::string_view nothing = R"("reason":"none","cause":"none")";
      line.replace(line.find(nothing), nothing.size(),
                   what.foreign
                     ? R"("reason":"foreign_text","cause":"file_taken")"
                     : R"("reason":"torn_line","cause":"daemon_down")");
      batch->text += line;
      offset += got.bytes.size();
    }
    if (auto bad = made.file->commit({{batch, 0}}, buffer))
      return {*made.file->name(), bad};
  }
  return sealed(*made.file, now_us);
}

file_end look_at_end(file_system& fs, const std::string& path, dataset data,
                     uint64_t begin, uint64_t end) {
  file_end out;
  std::string pending;
  // A torn line reads as its beginning, or as a hole where a page never came.
  auto may_be_torn = [&](std::string_view text) {
    return begins_like_a_line(text) || text.find('\0') != text.npos;
  };
  while (begin < end) {
    auto got = fs.read(path, begin, std::min(end - begin, read_bytes));
    if (!got.problem && got.bytes.empty())
      got.problem = io_problem{"read", path, EIO, "the file shrinks"};
    if (got.problem) {
      out.problem = got.problem;
      return out;
    }
    begin += got.bytes.size();
    pending += got.bytes;
    size_t from = 0;
    for (size_t to; (to = pending.find('\n', from)) != pending.npos;
         from = to + 1) {
      auto line = std::string_view{pending}.substr(from, to - from);
      if (parse_line(data, line))
        out.any_ours = true;
      else if (!may_be_torn(line))
        out.foreign = true;
    }
    pending.erase(0, from);
  }
  if (!holds_nothing(pending) && !may_be_torn(pending))
    out.foreign = true;
  return out;
}

} // namespace observer
