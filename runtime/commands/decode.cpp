#include "runtime/commands/decode.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <map>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <unistd.h>

#include "messages/base64.hpp"
#include "messages/jsonl.hpp"
#include "messages/kis/control.hpp"
#include "messages/kis/frame.hpp"
#include "messages/kis/record.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"
#include "messages/redact.hpp"
#include "runtime/commands/line_source.hpp"
#include "runtime/process/standard_streams.hpp"
#include "runtime/settings/nearest.hpp"

namespace observer {

namespace {

constexpr int understood = 0;
constexpr int rejected_some = 1;
constexpr int unusable = 2;

/// Gathered before it is written.
constexpr size_t output_bytes = 256 << 10;

std::string error_text(int error) {
  return std::strerror(error);
}

/// A write to a pipe that nobody reads fails instead of ending the process.
class sigpipe_ignored {
public:
  sigpipe_ignored() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before_);
  }
  ~sigpipe_ignored() {
    ::sigaction(SIGPIPE, &before_, nullptr);
  }
  sigpipe_ignored(const sigpipe_ignored&) = delete;
  sigpipe_ignored& operator=(const sigpipe_ignored&) = delete;

private:
  struct sigaction before_ {};
};

/// What became of the records of one TR.
struct tally {
  uint64_t written = 0;
  std::array<uint64_t, reject_reason_count> rejected{};
  /// Records by width; kept for the summary only. A line of another width is
  /// longer than those before it, so n bytes hold some √n of them at most.
  std::map<uint32_t, uint64_t> widths;
  uint32_t width = 0;
};

class decoder {
public:
  decoder(const decode_options& options, std::ostream& out, std::ostream& err)
    : options_{options},
      out_{out},
      err_{err},
      progress_{options.progress.value_or(
        &err == &std::cerr && rewrites_lines(STDERR_FILENO)
        && isatty(STDOUT_FILENO) == 0)} {
  }

  int run(std::istream& in) {
    std::optional<kis::tr> bare;
    if (!options_.tr.empty()) {
      bare = kis::parse_tr(options_.tr);
      if (!bare)
        return fail(fmt::format("no TR that is recorded: {}; one of {}",
                                options_.tr, known_trs()));
    }
    byte_source from;
    if (!from.open(options_.file, in))
      return fail(from.problem);
    sigpipe_ignored guard;
    line_splitter lines{from, decode_line_bytes_max};
    std::string_view line;
    while (lines.fill()) {
      for (auto found = lines.next(line);
           found != line_splitter::found::nothing; found = lines.next(line)) {
        ++line_number_;
        if (found == line_splitter::found::too_long)
          reject_long_line();
        else
          decode(line, bare);
        if (lines_.size() > output_bytes || notes_.size() > output_bytes)
          flush();
        if (output_error_)
          break;
      }
      flush();
      if (output_error_)
        return stopped();
      show_progress(from.bytes_taken(), from.bytes_total);
    }
    if (!from.problem.empty())
      return fail(from.problem);
    if (options_.summary)
      summarize();
    flush();
    if (output_error_)
      return stopped();
    return rejected_ == 0 ? understood : rejected_some;
  }

private:
  static constexpr size_t no_tr = std::size(kis::all_trs);

  static std::string known_trs() {
    std::string out;
    for (auto id : kis::all_trs)
      out += fmt::format("{}{}", out.empty() ? "" : ", ", to_string(id));
    return out;
  }

  template <class... Ts>
  void note(fmt::format_string<Ts...> form, Ts&&... values) {
    fmt::format_to(std::back_inserter(notes_), form,
                   std::forward<Ts>(values)...);
    notes_ += '\n';
  }

  void decode(std::string_view line, std::optional<kis::tr> bare) {
    if (line_number_ == 1 && line.starts_with("\xEF\xBB\xBF"))
      line.remove_prefix(3);
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    if (line.empty()) {
      ++empty_lines_;
      return;
    }
    if (line.starts_with(R"({"timestamp":")")) {
      decode_journal_line(line);
      return;
    }
    if (line.front() == '{') {
      decode_control(line);
      return;
    }
    decode_frame(line, bare, options_.count);
  }

  /// A line of a journal whose record is kept raw beside it, or in the
  /// quarantine: in the layout that this version knows, and in its place.
  void decode_journal_line(std::string_view line) {
    auto j = nlohmann::json::parse(line, nullptr, false);
    auto text = [&](const char* key) {
      auto at = j.is_object() ? j.find(key) : j.end();
      return j.is_object() && at != j.end() && at->is_string()
               ? at->get<std::string>()
               : std::string{};
    };
    auto raw = text("raw");
    // The bytes themselves, where they are no UTF-8.
    if (auto bytes = from_base64(text("raw_base64")); bytes && !bytes->empty())
      raw = std::move(*bytes);
    auto when = parse_timestamp(text("timestamp"));
    auto slot = j.is_object() ? j.find("slot") : j.end();
    auto seq = j.is_object() ? j.find("seq") : j.end();
    if (!j.is_object() || !when || slot == j.end() || seq == j.end()
        || !slot->is_number_integer() || !seq->is_number_unsigned()
        || !std::in_range<int>(slot->get<int64_t>())
        || !is_session_id(text("session_id"))) {
      reject(no_tr, reject_reason::garbage, 1, "no line of a journal");
      return;
    }
    if (raw.empty()) {
      ++lines_without_raw_;
      return;
    }
    auto session = text("session_id");
    line_place place{*when, session, slot->get<int>(), seq->get<uint64_t>()};
    place_ = &place;
    auto id = kis::parse_tr(text("tr_id"));
    // The quarantine keeps whole frames, too.
    decode_frame(raw, raw.starts_with("0|") || !id ? std::nullopt : id, 1);
    place_ = nullptr;
  }

  /// Written into lines as it is.
  static bool is_session_id(std::string_view text) {
    return !text.empty()
           && std::all_of(text.begin(), text.end(), [](unsigned char c) {
                return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
              });
  }

  void decode_frame(std::string_view line, std::optional<kis::tr> bare,
                    uint32_t count) {
    auto split = bare ? kis::split_payload(*bare, count, line)
                      : kis::split_frame(line);
    ++(split.reason == reject_reason::not_a_frame ? neither_ : frames_);
    if (split.reason == reject_reason::none)
      decode_records(split.value);
    else
      reject_frame(split, line);
  }

  void decode_records(const kis::frame& f) {
    auto& t = tallies_[static_cast<size_t>(f.id)];
    if (f.width != t.width) {
      if (options_.summary && t.width != 0)
        note("line {}: {}: {} values a record, {} before", line_number_,
             to_string(f.id), f.width, t.width);
      t.width = f.width;
    }
    if (options_.summary)
      t.widths[f.width] += f.count;
    kis::record_cursor cursor{f};
    std::string_view record;
    for (uint32_t i = 1; cursor.next(record); ++i) {
      auto bad = is_trade(f.id) ? decode_trade(f, record)
                                : decode_quote(f, record);
      if (bad.reason == reject_reason::none) {
        ++t.written;
        continue;
      }
      ++rejected_;
      ++t.rejected[static_cast<size_t>(bad.reason)];
      note("line {}, record {} of {}: {}: {}", line_number_, i, f.count,
           to_string(bad.reason), describe(bad, f.id));
    }
  }

  kis::record_problem decode_trade(const kis::frame& f,
                                   std::string_view record) {
    kis::trade t;
    auto bad = kis::parse_trade(record, f.width, t);
    if (bad.reason != reject_reason::none)
      return bad;
    if (!kis::is_known_width(f.id, f.width))
      t.doubts.add(kis::doubt::width);
    doubt_mark doubt{t.doubts, {}};
    append_trade_line(lines_, t, f.id, place_, nullptr, &doubt);
    return bad;
  }

  kis::record_problem decode_quote(const kis::frame& f,
                                   std::string_view record) {
    kis::quote q;
    auto bad = kis::parse_quote(f.id, record, f.width, q);
    if (bad.reason != reject_reason::none)
      return bad;
    if (!kis::is_known_width(f.id, f.width))
      q.doubts.add(kis::doubt::width);
    doubt_mark doubt{q.doubts, {}};
    append_quote_line(lines_, q, f.id, place_, &doubt);
    return bad;
  }

  void decode_control(std::string_view line) {
    auto message = kis::parse_control(line);
    if (auto* unknown = std::get_if<kis::unknown_control>(&message)) {
      ++neither_;
      reject(no_tr, reject_reason::garbage, 1, unknown->why);
      return;
    }
    ++control_messages_;
    if (!options_.control)
      return;
    auto* r = std::get_if<kis::reply>(&message);
    if (r == nullptr) {
      note("line {}: PINGPONG", line_number_);
      return;
    }
    auto text = fmt::format("line {}: {}", line_number_, to_string(r->what));
    for (auto [name, value] : {std::pair{": tr_id ", &r->tr_id},
                               std::pair{", tr_key ", &r->tr_key},
                               std::pair{", rt_cd ", &r->rt_cd},
                               std::pair{", msg_cd ", &r->msg_cd},
                               std::pair{", msg1 ", &r->msg1}}) {
      text += name;
      append_json_string(text, redacted(*value));
    }
    note("{}", text);
  }

  void reject_frame(const kis::frame_result& split, std::string_view line) {
    auto id = kis::parse_tr(split.value.tr_id);
    reject(id ? static_cast<size_t>(*id) : no_tr, split.reason, split.records,
           describe(split, line));
  }

  void reject_long_line() {
    ++neither_;
    reject(no_tr, reject_reason::garbage, 1,
           fmt::format("longer than {} bytes", decode_line_bytes_max));
  }

  void reject(size_t tally, reject_reason reason, uint32_t records,
              std::string_view detail) {
    rejected_ += records;
    tallies_[tally].rejected[static_cast<size_t>(reason)] += records;
    note("line {}: {}: {} record{}: {}", line_number_, to_string(reason),
         records, records == 1 ? "" : "s", detail);
  }

  /// Hands on what was gathered: lines, then notes.
  void flush() {
    if (!lines_.empty()) {
      errno = 0;
      out_.write(lines_.data(), static_cast<std::streamsize>(lines_.size()));
      out_.flush();
      if (!out_)
        output_error_ = errno == 0 ? EIO : errno;
      lines_.clear();
    }
    if (!notes_.empty()) {
      hide_progress();
      err_.write(notes_.data(), static_cast<std::streamsize>(notes_.size()));
      err_.flush();
      notes_.clear();
    }
  }

  int fail(std::string_view why) {
    flush();
    hide_progress();
    err_ << "observer decode: " << outside_text(why) << '\n' << std::flush;
    return unusable;
  }

  int stopped() {
    if (*output_error_ != EPIPE)
      return fail(fmt::format("cannot write the output: {}; line {} was the "
                              "last one read",
                              error_text(*output_error_), line_number_));
    hide_progress();
    return unusable;
  }

  void show_progress(uint64_t bytes, uint64_t bytes_total) {
    if (!progress_ || bytes - progress_bytes_ < decode_progress_bytes)
      return;
    progress_bytes_ = bytes;
    progress_shown_ = true;
    auto part = bytes_total > 0 ? fmt::format(" ({} %)", bytes * 100
                                                           / bytes_total)
                                : std::string{};
    err_ << fmt::format("\r\x1b[K{} MB{}, line {}, {} records rejected",
                        bytes / 1'000'000, part, line_number_, rejected_)
         << std::flush;
  }

  void hide_progress() {
    if (progress_shown_)
      err_ << "\r\x1b[K";
    progress_shown_ = false;
  }

  void summarize() {
    note("lines: {}; frames {}, control messages {}, empty {}, neither {}",
         line_number_, frames_, control_messages_, empty_lines_, neither_);
    if (lines_without_raw_ > 0)
      note("lines of a journal without a raw record: {}", lines_without_raw_);
    for (size_t i = 0; i < tallies_.size(); ++i) {
      auto& t = tallies_[i];
      uint64_t rejected = 0;
      std::string reasons;
      for (size_t r = 0; r < t.rejected.size(); ++r) {
        if (t.rejected[r] == 0)
          continue;
        rejected += t.rejected[r];
        reasons += fmt::format("{}{} {}", reasons.empty() ? " (" : ", ",
                               to_string(static_cast<reject_reason>(r)),
                               t.rejected[r]);
      }
      if (rejected > 0)
        reasons += ')';
      if (t.written + rejected == 0)
        continue;
      std::string widths;
      for (auto [width, records] : t.widths)
        widths += fmt::format("{} {} ({})",
                              widths.empty() ? "; values a record" : ",",
                              width, records);
      note("{}: records written {}, rejected {}{}{}",
           i == no_tr ? "no TR" : to_string(kis::all_trs[i]), t.written,
           rejected, reasons, widths);
    }
  }

  const decode_options& options_;
  std::ostream& out_;
  std::ostream& err_;
  bool progress_;
  /// What goes to `out` and to `err` with the next flush.
  std::string lines_, notes_;
  /// One for each TR; the last for what names none of them.
  std::array<tally, no_tr + 1> tallies_;
  uint64_t line_number_ = 0;
  uint64_t frames_ = 0;
  uint64_t control_messages_ = 0;
  uint64_t empty_lines_ = 0;
  uint64_t neither_ = 0;
  /// Of a journal: nothing to decode.
  uint64_t lines_without_raw_ = 0;
  /// Of the journal's line that is decoded.
  const line_place* place_ = nullptr;
  uint64_t rejected_ = 0;
  std::optional<int> output_error_;
  uint64_t progress_bytes_ = 0;
  bool progress_shown_ = false;
};

} // namespace

void add_decode_options(CLI::App& app, decode_options& options) {
  app.add_option("FILE", options.file,
                 "Frames, one a line, or zstd of them; absent or - reads "
                 "standard input");
  std::vector<std::string> trs;
  for (auto id : kis::all_trs)
    trs.emplace_back(to_string(id));
  auto* tr = app.add_option("--tr", options.tr,
                            "The lines are payloads of this TR, without the "
                            "header enc|TR|count|")
               ->type_name(CLI::detail::join(trs, "|"))
               ->check(CLI::Validator{
                 [trs](std::string& text) { return fault_of_choice(text, trs); },
                 ""});
  app.add_option("--count", options.count, "Records in each payload")
    ->check(CLI::Range(1, 9999))
    ->needs(tr)
    ->capture_default_str();
  app.add_flag("--control", options.control,
               "Show PINGPONGs and replies on standard error");
  app.add_flag("--summary", options.summary,
               "Show totals by TR and reason, widths and their changes on "
               "standard error");
}

int run_decode(const decode_options& options, std::istream& in,
               std::ostream& out, std::ostream& err) {
  return decoder{options, out, err}.run(in);
}

} // namespace observer
