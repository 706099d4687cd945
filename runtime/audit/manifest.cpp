#include "runtime/audit/manifest.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <tuple>

#include "runtime/audit/json_lines.hpp"

namespace observer::audit {

namespace {

constexpr int64_t known_format = 1;

/// Reads the members of an object in the order of their table; keeps the
/// first complaint.
class field_reader {
public:
  field_reader(json_cursor& json, std::string& problem)
    : json_(json), problem_(problem) {
  }

  void text(std::string_view& out, std::string_view key) {
    if (json_.peek() == json_kind::string)
      json_.read_string(out);
    else
      other(key, "a string");
  }
  void text_or_null(std::string_view& out, std::string_view key) {
    if (json_.peek() == json_kind::null)
      json_.skip();
    else
      text(out, key);
  }
  void integer(int64_t& out, std::string_view key) {
    if (json_.peek() != json_kind::number)
      other(key, "an integer");
    else if (!json_.read_integer(out))
      complain(key, "an integer");
  }
  void integer_or_null(std::optional<int64_t>& out, std::string_view key) {
    if (json_.peek() == json_kind::null) {
      json_.skip();
      return;
    }
    int64_t value = 0;
    integer(value, key);
    out = value;
  }
  /// Reads an array, one call of `element` for each; false when there is none.
  template <class F>
  void array(std::string_view key, F element) {
    if (json_.peek() != json_kind::array) {
      other(key, "an array");
      return;
    }
    json_.open_array();
    bool first = true;
    while (json_.next_element(first))
      element();
  }
  template <size_t N>
  void require(const json_object& object,
               const std::array<std::string_view, N>& keys, size_t wanted) {
    for (size_t i = 0; i < wanted; ++i)
      if (!(object.seen() & (1u << i)) && problem_.empty())
        problem_ = fmt::format("no key {}", keys[i]);
  }

private:
  void other(std::string_view key, std::string_view wanted) {
    json_.skip();
    complain(key, wanted);
  }
  void complain(std::string_view key, std::string_view wanted) {
    if (problem_.empty())
      problem_ = fmt::format("{} is not {}", key, wanted);
  }

  json_cursor& json_;
  std::string& problem_;
};

manifest_stream read_stream(json_cursor& json, std::string& problem) {
  // What is required first, what a data set may leave out after it.
  constexpr static std::array<std::string_view, 10> keys{
    "session_id",       "slot",          "first_seq",         "last_seq",
    "records",          "tr_id",         "symbol",
    "last_accumulated", "last_received", "last_business_date"};
  manifest_stream stream;
  field_reader read{json, problem};
  json_object members{json, keys};
  int key;
  while ((key = members.next()) != json_object::end) {
    auto name = keys[static_cast<size_t>(key)];
    switch (key) {
      case 0:
        read.text(stream.session_id, name);
        break;
      case 1:
        read.integer(stream.slot, name);
        break;
      case 2:
        read.integer(stream.first_seq, name);
        break;
      case 3:
        read.integer(stream.last_seq, name);
        break;
      case 4:
        read.integer(stream.records, name);
        break;
      case 5:
        read.text_or_null(stream.tr_id, name);
        break;
      case 6:
        read.text_or_null(stream.symbol, name);
        break;
      case 7:
        read.integer_or_null(stream.last_accumulated, name);
        break;
      case 8:
        read.text_or_null(stream.last_received, name);
        break;
      case 9:
        read.text_or_null(stream.last_business_date, name);
        break;
    }
  }
  read.require(members, keys, 5);
  return stream;
}

manifest_gap read_gap(json_cursor& json, std::string& problem) {
  constexpr static std::array<std::string_view, 6> keys{
    "session_id", "slot", "seq", "cause", "missing_shares", "symbol"};
  manifest_gap gap;
  field_reader read{json, problem};
  json_object members{json, keys};
  int key;
  while ((key = members.next()) != json_object::end) {
    auto name = keys[static_cast<size_t>(key)];
    switch (key) {
      case 0:
        read.text(gap.session_id, name);
        break;
      case 1:
        read.integer(gap.slot, name);
        break;
      case 2:
        read.integer(gap.seq, name);
        break;
      case 3:
        read.text(gap.cause, name);
        break;
      case 4:
        read.integer_or_null(gap.missing_shares, name);
        break;
      case 5:
        read.text_or_null(gap.symbol, name);
        break;
    }
  }
  read.require(members, keys, 5);
  return gap;
}

manifest_damage read_damage(json_cursor& json, std::string& problem) {
  constexpr static std::array<std::string_view, 2> keys{"first_line", "lines"};
  manifest_damage damage;
  field_reader read{json, problem};
  json_object members{json, keys};
  int key;
  while ((key = members.next()) != json_object::end)
    read.integer(key == 0 ? damage.first_line : damage.lines,
                 keys[static_cast<size_t>(key)]);
  read.require(members, keys, keys.size());
  return damage;
}

std::string shown(const std::optional<int64_t>& value) {
  return value ? std::to_string(*value) : "null";
}

/// One comparison of a manifest's word with the file.
class comparison {
public:
  comparison(const journal_file& file, finding_list& findings)
    : file_(file), findings_(findings) {
  }

  template <class Said, class Is>
  void equal(std::string_view what, const Said& said, const Is& is) {
    if (said != is)
      differ(0, "{} is {} in the manifest and {} in the file", what, said, is);
  }
  template <class... Args>
  void differ(uint64_t line, fmt::format_string<Args...> form,
              Args&&... args) {
    findings_.add(finding_kind::manifest, file_.shown, line, form,
                  std::forward<Args>(args)...);
  }

private:
  const journal_file& file_;
  finding_list& findings_;
};

/// The writer may mean its first line or the earliest one: several slots
/// share a file, so its lines are not quite in the order of time.
void compare_time(comparison& compare, std::string_view what,
                  std::string_view said, const std::optional<stamp>& in_order,
                  const std::optional<stamp>& extreme) {
  if (!in_order) {
    if (!said.empty())
      compare.differ(0, "{} is {} in the manifest but the file has no line",
                     what, said);
  } else if (said != view(*in_order) && said != view(*extreme)) {
    compare.differ(0, "{} is {} in the manifest and {} in the file", what,
                   said.empty() ? "null" : said, view(*extreme));
  }
}

using stream_key = std::tuple<std::string_view, int64_t, std::string_view,
                              std::string_view>;

void compare_streams(comparison& compare, const manifest& said,
                     const file_sums& sums, dataset which) {
  auto scalp = which == dataset::scalp;
  std::map<stream_key, const stream_sum*> present;
  for (auto& stream : sums.streams)
    present[{stream.session_id, stream.slot, stream.tr_id, stream.symbol}]
      = &stream;
  for (auto& stream : said.streams) {
    auto who = fmt::format("stream of session {} slot {} {} {}",
                           stream.session_id, stream.slot, stream.tr_id,
                           stream.symbol);
    auto found = present.find({stream.session_id, stream.slot,
                               scalp ? stream.tr_id : std::string_view{},
                               scalp ? stream.symbol : std::string_view{}});
    if (found == present.end()) {
      compare.differ(0, "{}: in the manifest but not in the file", who);
      continue;
    }
    auto& is = *found->second;
    compare.equal(who + ": first_seq", stream.first_seq, is.first_seq);
    compare.equal(who + ": last_seq", stream.last_seq, is.last_seq);
    compare.equal(who + ": records", stream.records,
                  static_cast<int64_t>(is.records));
    // A quote's cumulative volume is the exchange's remark, not our count: a
    // manifest may leave it out.
    auto quote = !scalp || !is.counts_volume;
    if (stream.last_accumulated != is.last_accumulated && !is.volume_doubted
        && !(quote && stream.last_accumulated.value_or(0) == 0))
      compare.differ(0,
                     "{}: last_accumulated is {} in the manifest and {} in "
                     "the file",
                     who, shown(stream.last_accumulated),
                     shown(is.last_accumulated));
    present.erase(found);
  }
  for (auto& [key, stream] : present)
    compare.differ(0,
                   "stream of session {} slot {} {} {}: in the file but not "
                   "in the manifest, or there twice",
                   stream->session_id, stream->slot, stream->tr_id,
                   stream->symbol);
}

void compare_gaps(comparison& compare, const manifest& said,
                  const file_sums& sums) {
  using gap_key = std::tuple<std::string_view, int64_t, int64_t>;
  std::map<gap_key, const noted_gap*> present;
  for (auto& gap : sums.gaps) {
    auto& stream = sums.streams[gap.stream];
    present[{stream.session_id, stream.slot, gap.seq}] = &gap;
  }
  for (auto& gap : said.gaps) {
    auto who = fmt::format("gap of session {} slot {} seq {}", gap.session_id,
                           gap.slot, gap.seq);
    auto found = present.find({gap.session_id, gap.slot, gap.seq});
    if (found == present.end()) {
      compare.differ(0, "{}: in the manifest but not in the file", who);
      continue;
    }
    auto& is = *found->second;
    if (gap.cause != is.cause || gap.missing_shares != is.missing_shares)
      compare.differ(is.line,
                     "{}: {} with {} missing in the manifest, {} with {} in "
                     "the file",
                     who, gap.cause, shown(gap.missing_shares), is.cause,
                     shown(is.missing_shares));
    present.erase(found);
  }
  for (auto& [key, gap] : present)
    compare.differ(gap->line, "gap of session {} slot {} seq {}: in the file "
                              "but not in the manifest",
                   std::get<0>(key), std::get<1>(key), std::get<2>(key));
}

} // namespace

std::optional<manifest> parse_manifest(std::string_view text,
                                       std::string& problem) {
  constexpr static std::array<std::string_view, 13> keys{
    "format",         "file",          "dataset",   "lines",
    "bytes",          "sha256",        "first_received",
    "last_received",  "sealed_at",     "sealed_because",
    "streams",        "gaps",          "damaged"};
  constexpr size_t required = 12;
  manifest result;
  problem.clear();
  json_cursor json;
  json.reset(text);
  field_reader read{json, problem};
  {
    json_object members{json, keys};
    int key;
    while ((key = members.next()) != json_object::end) {
      auto name = keys[static_cast<size_t>(key)];
      switch (key) {
        case 0:
          read.integer(result.format, name);
          break;
        case 1:
          read.text(result.file, name);
          break;
        case 2:
          read.text(result.dataset, name);
          break;
        case 3:
          read.integer(result.lines, name);
          break;
        case 4:
          read.integer(result.bytes, name);
          break;
        case 5:
          read.text(result.sha256, name);
          break;
        case 6:
          read.text_or_null(result.first_received, name);
          break;
        case 7:
          read.text_or_null(result.last_received, name);
          break;
        case 8:
          read.text(result.sealed_at, name);
          break;
        case 9:
          read.text(result.sealed_because, name);
          break;
        case 10:
          read.array(name, [&] {
            result.streams.push_back(read_stream(json, problem));
          });
          break;
        case 11:
          read.array(name, [&] {
            result.gaps.push_back(read_gap(json, problem));
          });
          break;
        case 12:
          read.array(name, [&] {
            result.damaged.push_back(read_damage(json, problem));
          });
          break;
      }
    }
    read.require(members, keys, required);
  }
  if (!json.finish()) {
    problem = fmt::format("{} at byte {}", json.error(),
                          json.error_offset() + 1);
    return std::nullopt;
  }
  if (problem.empty() && result.format != known_format)
    problem = fmt::format("format {} where {} is known; audit with the "
                          "version that wrote it",
                          result.format, known_format);
  if (problem.empty() && !parse_stamp(result.sealed_at))
    problem = fmt::format("sealed_at is {}, not a timestamp",
                          result.sealed_at);
  if (problem.empty() && result.sealed_because.empty())
    problem = "sealed_because is empty";
  if (!problem.empty())
    return std::nullopt;
  return result;
}

file_sums sums_of(const manifest& said, dataset which) {
  file_sums out;
  std::map<std::pair<std::string_view, int64_t>,
           std::vector<std::pair<int64_t, int64_t>>>
    numbers;
  std::map<std::pair<std::string_view, int64_t>, size_t> by_slot;
  // Of a slot's symbol; empty where it had two of them.
  std::map<std::tuple<std::string_view, int64_t, std::string_view>,
           std::string_view>
    trs;
  auto begin = parse_stamp(said.first_received);
  for (auto& s : said.streams) {
    stream_sum sum;
    sum.session_id = s.session_id;
    sum.slot = s.slot;
    sum.tr_id = s.tr_id;
    sum.symbol = s.symbol;
    sum.records = static_cast<uint64_t>(std::max<int64_t>(s.records, 0));
    sum.first_seq = s.first_seq;
    sum.last_seq = s.last_seq;
    sum.last_accumulated = s.last_accumulated;
    // Quotes have none in a manifest of ours.
    sum.counts_volume = which == dataset::scalp && s.last_accumulated;
    numbers[{s.session_id, s.slot}].emplace_back(s.first_seq, s.last_seq);
    by_slot.try_emplace({s.session_id, s.slot}, out.streams.size());
    auto tr = trs.try_emplace({s.session_id, s.slot, s.symbol}, s.tr_id).first;
    if (tr->second != s.tr_id)
      tr->second = {};
    auto end = parse_stamp(s.last_received);
    if (sum.counts_volume && begin && end) {
      volume_run run;
      run.slot = s.slot;
      run.day = date_of(*end);
      if (s.last_business_date.size() == run.day.size())
        std::copy(s.last_business_date.begin(), s.last_business_date.end(),
                  run.day.begin());
      run.first_seq = s.first_seq;
      run.last_seq = s.last_seq;
      run.first_received = std::min(*begin, *end);
      run.last_received = *end;
      run.begin_unknown = true;
      run.counts = true;
      run.accumulated = run.last_accumulated = *s.last_accumulated;
      out.chains.push_back({sum.session_id, sum.tr_id, sum.symbol, {run}});
    }
    out.streams.push_back(std::move(sum));
  }
  // Registrations of one slot alternate: their numbers are one sequence.
  for (auto& [key, parts] : numbers) {
    std::sort(parts.begin(), parts.end());
    sequence_track track{std::string{key.first}, key.second, {}};
    for (auto& [first, last] : parts)
      if (!track.runs.empty() && first <= track.runs.back().last + 1)
        track.runs.back().last = std::max(track.runs.back().last, last);
      else
        track.runs.push_back({first, last, 0});
    out.tracks.push_back(std::move(track));
  }
  for (auto& g : said.gaps) {
    declared_gap gap{g.cause, g.missing_shares, std::nullopt, {}};
    if (auto at = by_slot.find({g.session_id, g.slot}); at != by_slot.end())
      out.streams[at->second].gaps.add(gap);
    auto tr = trs.find({g.session_id, g.slot, g.symbol});
    auto& sum = out.by_cause[{std::string{g.cause},
                              std::string{tr == trs.end() ? "" : tr->second},
                              std::string{g.symbol}}];
    sum.gaps.add(gap);
    sum.time.add(std::nullopt, std::nullopt);
  }
  return out;
}

void compare_manifest(const manifest& said, const file_facts& is,
                      const file_sums& sums, const journal_file& file,
                      finding_list& findings) {
  comparison compare{file, findings};
  auto name = std::filesystem::path{file.path}.filename().string();
  compare.equal("file", said.file, std::string_view{name});
  compare.equal("dataset", said.dataset, to_string(file.which));
  compare.equal("lines", said.lines, static_cast<int64_t>(is.lines));
  compare.equal("bytes", said.bytes, static_cast<int64_t>(is.bytes));
  if (said.sha256 != is.sha256)
    findings.add(finding_kind::checksum, file.shown, 0,
                 "SHA-256 is {} but was {} when it was sealed; restore the "
                 "file from a copy",
                 is.sha256, said.sha256);
  compare_time(compare, "first_received", said.first_received,
               sums.first_line_at, sums.earliest);
  compare_time(compare, "last_received", said.last_received,
               sums.last_line_at, sums.latest);
  compare_streams(compare, said, sums, file.which);
  compare_gaps(compare, said, sums);
}

} // namespace observer::audit
