#include "actors/archive/day_notes.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/archive/line_cutter.hpp"
#include "actors/archive/small_state.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"

namespace observer {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view day_kind = "day", mark_kind = "day mark",
                           restored_kind = "day restored";

std::string folder_of(const std::string& data_dir) {
  return data_dir + "/state/days";
}
std::string judgement_name(int64_t day) {
  return date_of_korean_day(day) + ".json";
}
std::string mark_name(int64_t day) {
  return date_of_korean_day(day) + ".mark.json";
}
std::string restored_name(int64_t day) {
  return date_of_korean_day(day) + ".restored.json";
}

std::string text_of(const json& j, const char* key) {
  auto at = j.find(key);
  return at != j.end() && at->is_string() ? at->get<std::string>()
                                          : std::string{};
}

int64_t time_of(const json& j, const char* key) {
  return parse_timestamp(text_of(j, key)).value_or(0);
}

result<> write(file_system& fs, const std::string& data_dir,
               const std::string& name, std::string_view kind,
               const json& document) {
  auto text = document.dump(-1, ' ', false, json::error_handler_t::replace)
              + "\n";
  if (auto bad = write_state(fs, folder_of(data_dir), name, kind, text))
    return problem{bad->text()};
  return {};
}

/// Nothing if there is none, or a power cut left nothing of it.
result<std::optional<json>> read(file_system& fs, const std::string& data_dir,
                                 const std::string& name,
                                 std::string_view kind) {
  auto path = folder_of(data_dir) + "/" + name;
  auto got = read_state(fs, path, kind);
  if (got.problem)
    return problem{got.problem->text()};
  if (!got.text)
    return std::optional<json>{};
  auto document = json::parse(*got.text, nullptr, false);
  return document.is_object() ? std::optional<json>{std::move(document)}
                              : std::optional<json>{};
}

} // namespace

std::string day_notes::why() const {
  if (!is_anomaly())
    return {};
  if (mark)
    return mark->why.empty() ? "marked by hand" : "by hand: " + mark->why;
  std::string out;
  for (auto& a : judged->anomalies)
    out += (out.empty() ? "" : "; ") + a.detail;
  return out;
}

result<day_notes> read_day_notes(file_system& fs, const std::string& data_dir,
                                 int64_t day) {
  constexpr size_t anomalies_max = 32;
  day_notes out;
  auto judged = read(fs, data_dir, judgement_name(day), day_kind);
  if (!judged)
    return judged.error();
  if (auto& j = *judged) {
    out.judged = day_judgement{time_of(*j, "judged_at"), {}};
    if (auto list = j->find("anomalies"); list != j->end() && list->is_array())
      for (auto& a : *list)
        if (a.is_object() && out.judged->anomalies.size() < anomalies_max)
          out.judged->anomalies.push_back(
            {text_of(a, "kind"), text_of(a, "detail")});
  }
  auto mark = read(fs, data_dir, mark_name(day), mark_kind);
  if (!mark)
    return mark.error();
  if (auto& j = *mark) {
    auto anomaly = j->find("anomaly");
    out.mark = day_mark{anomaly == j->end() || !anomaly->is_boolean()
                          || anomaly->get<bool>(),
                        text_of(*j, "why"), time_of(*j, "at")};
  }
  auto restored = read(fs, data_dir, restored_name(day), restored_kind);
  if (!restored)
    return restored.error();
  if (auto& j = *restored)
    out.restored_at_us = time_of(*j, "at");
  return out;
}

result<> write_judgement(file_system& fs, const std::string& data_dir,
                         int64_t day, const day_judgement& what) {
  auto anomalies = json::array();
  for (auto& a : what.anomalies)
    anomalies.push_back({{"kind", a.kind}, {"detail", a.detail}});
  return write(fs, data_dir, judgement_name(day), day_kind,
               {{"format", 1},
                {"kind", day_kind},
                {"day", date_of_korean_day(day)},
                {"judged_at", timestamp(what.judged_at_us)},
                {"anomalies", std::move(anomalies)}});
}

result<> write_mark(file_system& fs, const std::string& data_dir, int64_t day,
                    const day_mark& what) {
  return write(fs, data_dir, mark_name(day), mark_kind,
               {{"format", 1},
                {"kind", mark_kind},
                {"day", date_of_korean_day(day)},
                {"anomaly", what.anomaly},
                {"why", outside_text(what.why)},
                {"at", timestamp(what.at_us)}});
}

result<> write_restored(file_system& fs, const std::string& data_dir,
                        int64_t day, int64_t now_us) {
  return write(fs, data_dir, restored_name(day), restored_kind,
               {{"format", 1},
                {"kind", restored_kind},
                {"day", date_of_korean_day(day)},
                {"at", timestamp(now_us)}});
}

day_certificate read_certificate(file_system& fs, const std::string& data_dir,
                                 int64_t day) {
  auto got = fs.read(data_dir + "/state/" + date_of_korean_day(day)
                       + ".certificate.json",
                     0, state_bytes_max);
  if (got.problem)
    return {};
  day_certificate out{true, {}};
  auto document = json::parse(got.bytes, nullptr, false);
  if (document.is_object())
    if (auto at = document.find("percent");
        at != document.end() && at->is_number())
      out.percent = at->get<double>();
  return out;
}

result<> read_plain_lines(file_system& fs, const std::string& data_dir,
                          const catalogued_file& file,
                          const std::function<bool(std::string_view)>& each) {
  constexpr uint64_t piece = 256 * 1024;
  if (file.form != day_form::plain && file.form != day_form::both)
    return problem{file.name + ": it is not there as plain lines"};
  line_cutter lines{each};
  for (uint64_t offset = 0;;) {
    auto got = fs.read(data_dir + "/" + file.name, offset, piece);
    if (got.problem)
      return problem{got.problem->text()};
    if (got.bytes.empty() || !lines.add(got.bytes))
      return {};
    offset += got.bytes.size();
  }
}

namespace {

/// The figures of a day, gathered from its events.
class day_reader {
 public:
  day_reader(int64_t day, const market_hours& hours, const anomaly_rules& rules)
    : hours_(hours), rules_(rules), begin_us_(korean_hour_begin_us(day * 24)),
      end_us_(korean_hour_begin_us(day * 24 + 24)) {}

  void read(std::string_view line) {
    auto event = json::parse(line, nullptr, false);
    if (!event.is_object())
      return;
    auto what = text_of(event, "event");
    auto at = time_of(event, "timestamp");
    if (at < begin_us_ || at >= end_us_)
      return;
    if (what == "connected") {
      if (connected_ != state::yes)
        without(std::exchange(since_us_, at), at);
      connected_ = state::yes;
    } else if (what == "disconnected" || what == "closed") {
      reconnects_ += what == "disconnected" && connected_ != state::no ? 1 : 0;
      if (connected_ != state::no)
        since_us_ = at;
      connected_ = state::no;
    } else if (what == "gap") {
      read_gap(event);
    }
  }

  void finish(day_judgement& out, uint64_t ticks, uint64_t rejected) {
    if (connected_ == state::no)
      without(since_us_, end_us_);
    auto add = [&](const char* kind, std::string detail) {
      out.anomalies.push_back({kind, std::move(detail)});
    };
    if (reconnects_ >= rules_.reconnects_min)
      add("reconnects", fmt::format("{} disconnections", reconnects_));
    if (without_us_ >= rules_.disconnected_us_min)
      add("disconnected",
          fmt::format("{} min of trading hours without a connection",
                      without_us_ / us_per_second / 60));
    if (auto n = count_holes(); n >= rules_.holes_min)
      add("holes", fmt::format("{} holes of {} s or more", n,
                               rules_.hole_us_min / us_per_second));
    auto received = ticks + rejected + shed_;
    if (received > 0
        && static_cast<double>(ticks)
             < rules_.ratio_min * static_cast<double>(received))
      add("ratio", fmt::format("of {} records {} are on disk as ticks",
                               received, ticks));
  }

 private:
  enum class state : uint8_t { unknown, yes, no };

  /// Of trading hours, minute by minute.
  void without(int64_t from, int64_t to) {
    constexpr int64_t minute = 60 * us_per_second;
    from = std::max(from, begin_us_);
    to = std::min(to, end_us_);
    while (from < to) {
      auto next = std::min(to, (from / minute + 1) * minute);
      if (hours_.open_at(from))
        without_us_ += next - from;
      from = next;
    }
  }

  void read_gap(const json& event) {
    if (auto n = event.find("records");
        n != event.end() && n->is_number_unsigned())
      shed_ += std::min<uint64_t>(n->get<uint64_t>(), 1ULL << 40);
    auto from = time_of(event, "from"), to = time_of(event, "to");
    constexpr size_t holes_max = 10'000;
    if (from > 0 && to - from >= rules_.hole_us_min
        && holes_.size() < holes_max)
      holes_.emplace_back(from, to);
  }

  /// What all symbols miss at once is one hole.
  uint64_t count_holes() {
    std::sort(holes_.begin(), holes_.end());
    uint64_t n = 0;
    auto end = INT64_MIN;
    for (auto& [from, to] : holes_) {
      n += from > end ? 1 : 0;
      end = std::max(end, to);
    }
    return n;
  }

  const market_hours& hours_;
  const anomaly_rules& rules_;
  int64_t begin_us_, end_us_;
  state connected_ = state::unknown;
  /// Without a connection; a day that begins with a connection began so.
  int64_t since_us_ = begin_us_;
  int64_t without_us_ = 0;
  uint64_t reconnects_ = 0, shed_ = 0;
  std::vector<std::pair<int64_t, int64_t>> holes_;
};

} // namespace

result<day_judgement> judge_day(file_system& fs, const std::string& data_dir,
                                const archive_day& day,
                                const market_hours& hours,
                                const anomaly_rules& rules, int64_t now_us,
                                const read_lines_function& read_lines) {
  day_judgement out{now_us, {}};
  day_reader reader{day.day, hours, rules};
  for (auto& f : day.files) {
    if (f.data != dataset::system || f.form == day_form::away
        || !f.odd.empty())
      continue;
    auto ok = read_lines(fs, data_dir, f, [&](std::string_view line) {
      reader.read(line);
      return true;
    });
    if (!ok)
      return ok.error();
  }
  reader.finish(out, day.lines(dataset::scalp), day.lines(dataset::quarantine));
  if (auto percent = read_certificate(fs, data_dir, day.day).percent;
      percent && *percent < 100)
    out.anomalies.push_back(
      {"certificate", fmt::format("its certificate says {:.2f} %",
                                  std::min(*percent, 99.99))});
  return out;
}

} // namespace observer
