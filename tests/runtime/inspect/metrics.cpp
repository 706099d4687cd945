#define CAF_SUITE runtime_inspect_metrics
#include "runtime/inspect/metrics.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "observed.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::inspect_test;

namespace {

struct sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

/// The text format, read as strictly as these tests need it.
struct exposition {
  explicit exposition(const std::string& text) {
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
      std::istringstream words{line};
      std::string mark, kind, name;
      if (line.starts_with("# TYPE ")) {
        words >> mark >> kind >> name >> types[name];
      } else if (line.starts_with("# HELP ")) {
        words >> mark >> kind >> name;
        std::getline(words, helps[name]);
      } else if (!line.empty()) {
        read(line);
      }
    }
  }
  void read(const std::string& line) {
    sample s;
    auto at = line.find_first_of("{ ");
    s.name = line.substr(0, at);
    if (line[at] == '{') {
      for (++at; line[at] != '}';) {
        auto equals = line.find("=\"", at);
        auto key = line.substr(at, equals - at);
        auto end = line.find('"', equals + 2);
        s.labels[key] = line.substr(equals + 2, end - equals - 2);
        at = end + 1;
        at += line[at] == ',';
      }
      ++at;
    }
    auto text = line.substr(at + 1);
    s.value = text == "+Inf" ? INFINITY : std::stod(text);
    samples.push_back(s);
  }
  /// `observer_fsync_seconds` of `observer_fsync_seconds_bucket`.
  std::string family(const std::string& name) const {
    for (auto suffix : {"_bucket", "_sum", "_count"})
      if (name.ends_with(suffix)) {
        auto base = name.substr(0, name.size() - std::string{suffix}.size());
        if (types.contains(base))
          return base;
      }
    return name;
  }
  double value(const std::string& name,
               std::map<std::string, std::string> labels = {}) const {
    for (auto& s : samples)
      if (s.name == name && s.labels == labels)
        return s.value;
    CAF_ERROR("no sample " << name);
    return NAN;
  }

  std::map<std::string, std::string> types, helps;
  std::vector<sample> samples;
};

struct fixture {
  exposition read() {
    return exposition{metrics_text(o, judge(o), acks, syncs, process)};
  }

  observation o = whole_observation();
  latency_histogram acks, syncs;
  std::optional<process_figures> process
    = process_figures{1.5, 1'000, 2'000, 7, 1e9, 30, 1'024};
};

/// Name to "type label,label" of tests/config/metrics.txt.
std::map<std::string, std::string> promised() {
  std::map<std::string, std::string> out;
  std::ifstream in{OBSERVER_SOURCE_DIR "/tests/config/metrics.txt"};
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#')
      continue;
    auto space = line.find(' ');
    out[line.substr(0, space)] = line.substr(space + 1);
  }
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(metrics_tests, fixture)

CAF_TEST(names and types and labels are those that are promised) {
  auto e = read();
  std::map<std::string, std::set<std::string>> labels;
  for (auto& s : e.samples) {
    auto& of = labels[e.family(s.name)];
    for (auto& [key, value] : s.labels)
      if (key != "le")
        of.insert(key);
  }
  std::map<std::string, std::string> found;
  for (auto& [name, type] : e.types) {
    found[name] = type;
    for (auto& key : labels[name])
      found[name] += (found[name] == type ? " " : ",") + key;
  }
  // Sets of labels: their order in the list is for people.
  auto wanted = promised();
  CAF_CHECK(!wanted.empty());
  for (auto& [name, text] : wanted) {
    auto space = text.find(' ');
    std::set<std::string> keys;
    if (space != text.npos) {
      std::istringstream list{text.substr(space + 1)};
      for (std::string key; std::getline(list, key, ',');)
        keys.insert(key);
    }
    auto type = text.substr(0, space);
    text = type;
    for (auto& key : keys)
      text += (text == type ? " " : ",") + key;
    if (found[name] != text)
      CAF_ERROR(name << ": promised " << text << ", found " << found[name]);
  }
  for (auto& [name, text] : found)
    if (!wanted.contains(name))
      CAF_ERROR(name << " is not promised");
}

CAF_TEST(every sample of a family has all its labels) {
  auto e = read();
  std::map<std::string, std::set<std::string>> labels;
  for (auto& s : e.samples) {
    std::set<std::string> keys;
    for (auto& [key, value] : s.labels)
      keys.insert(key);
    auto [at, fresh] = labels.try_emplace(s.name, keys);
    if (!fresh && at->second != keys)
      CAF_ERROR(s.name << " has other labels elsewhere");
  }
}

CAF_TEST(no series is there twice) {
  auto e = read();
  std::set<std::pair<std::string, std::map<std::string, std::string>>> seen;
  for (auto& s : e.samples)
    if (!seen.emplace(s.name, s.labels).second)
      CAF_ERROR(s.name << " is there twice");
}

CAF_TEST(counters and only they end in total and all have a help) {
  auto e = read();
  for (auto& [name, type] : e.types) {
    if (name.ends_with("_total") != (type == "counter"))
      CAF_ERROR(name << " is a " << type);
    if (e.helps[name].size() < 2)
      CAF_ERROR(name << " has no help");
  }
}

CAF_TEST(buckets are cumulative and the last equals the count) {
  for (int64_t us : {1, 90, 100, 101, 900, 5'000, 70'000, 2'000'000,
                     99'000'000})
    acks.add(us, 3);
  auto e = read();
  for (std::string name :
       {"observer_ack_latency_seconds", "observer_fsync_seconds"}) {
    double before = 0, bound = -1, last = -1;
    for (auto& s : e.samples)
      if (s.name == name + "_bucket") {
        CAF_CHECK(s.value >= before);
        before = s.value;
        auto le = s.labels.at("le");
        auto upper = le == "+Inf" ? INFINITY : std::stod(le);
        CAF_CHECK(upper > bound);
        bound = upper;
        last = s.value;
      }
    CAF_CHECK(std::isinf(bound));
    CAF_CHECK_EQUAL(last, e.value(name + "_count"));
  }
  CAF_CHECK_EQUAL(e.value("observer_ack_latency_seconds_count"), 27.0);
  auto sum = e.value("observer_ack_latency_seconds_sum");
  CAF_CHECK(std::abs(sum - 3 * 101.076192) < 1e-3);
  CAF_CHECK_EQUAL(e.value("observer_fsync_seconds_count"), 0.0);
}

CAF_TEST(a bucket holds nothing that is longer than its bound) {
  acks.add(101, 1);
  auto e = read();
  auto within = e.value("observer_ack_latency_seconds_bucket",
                        {{"le", "0.0001"}});
  CAF_CHECK_EQUAL(within, 0.0);
}

CAF_TEST(the figures are those of the observation) {
  auto e = read();
  CAF_CHECK_EQUAL(e.value("observer_records_received_total"), 100.0);
  CAF_CHECK_EQUAL(e.value("observer_records_persisted_total"), 90.0);
  CAF_CHECK_EQUAL(e.value("observer_records_in_flight"), 3.0);
  CAF_CHECK_EQUAL(e.value("observer_frames_received_total"), 50.0);
  CAF_CHECK_EQUAL(
    e.value("observer_records_rejected_total", {{"reason", "bad_time"}}), 3.0);
  CAF_CHECK_EQUAL(
    e.value("observer_records_rejected_total", {{"reason", "bad_symbol"}}),
    0.0);
  CAF_CHECK_EQUAL(e.value("observer_missing_shares_total"), 77.0);
  CAF_CHECK_EQUAL(e.value("observer_slots", {{"state", "live"}}), 1.0);
  CAF_CHECK_EQUAL(e.value("observer_slots", {{"state", "idle"}}), 1.0);
  CAF_CHECK_EQUAL(e.value("observer_slots", {{"state", "refused"}}), 0.0);
  CAF_CHECK_EQUAL(e.value("observer_connection_state",
                          {{"session", "session 1"}, {"state", "open"}}),
                  1.0);
  CAF_CHECK_EQUAL(e.value("observer_connection_state",
                          {{"session", "session 1"}, {"state", "waiting"}}),
                  0.0);
  CAF_CHECK_EQUAL(e.value("observer_restarts_total", {{"actor", "feed"}}), 2.0);
  CAF_CHECK_EQUAL(e.value("observer_restarts_total", {{"actor", "guardian"}}),
                  0.0);
  CAF_CHECK_EQUAL(e.value("observer_actor_mailbox_size", {{"actor", "feed"}}),
                  5.0);
  CAF_CHECK_EQUAL(e.value("observer_exchange_lag_seconds"), 0.12);
  CAF_CHECK_EQUAL(e.value("observer_last_record_age_seconds"), 0.25);
  CAF_CHECK_EQUAL(e.value("observer_unacked_age_seconds"), 0.012);
  CAF_CHECK_EQUAL(e.value("observer_hour_file_bytes"), 9'000.0);
  CAF_CHECK_EQUAL(e.value("observer_hour_file_expected_bytes"), 10'000.0);
  CAF_CHECK_EQUAL(e.value("observer_records_lost_total",
                          {{"dataset", "scalp"}}),
                  3.0);
  CAF_CHECK_EQUAL(e.value("observer_disk_free_bytes"), 1e6);
  CAF_CHECK_EQUAL(e.value("observer_disk_free_inodes"), 2e3);
  CAF_CHECK_EQUAL(e.value("observer_disk_look_age_seconds"), 0.5);
  CAF_CHECK_EQUAL(e.value("observer_market_open"), 1.0);
  CAF_CHECK_EQUAL(e.value("observer_ready"), 1.0);
  CAF_CHECK_EQUAL(e.value("observer_build_info", {{"version", "1.2.3"}}), 1.0);
}

CAF_TEST(the ratio is on disk of what is decided and no number before) {
  CAF_CHECK_EQUAL(read().value("observer_persist_ratio"), 90.0 / 97);
  o.totals = {3, 0, 0, 0, 3};
  CAF_CHECK(std::isnan(read().value("observer_persist_ratio")));
}

CAF_TEST(a session has its begins and ends) {
  auto e = read();
  CAF_CHECK_EQUAL(
    e.value("observer_connects_total", {{"session", "session 1"}}), 2.0);
  CAF_CHECK_EQUAL(
    e.value("observer_disconnects_total", {{"session", "session 1"}}), 1.0);
}

CAF_TEST(the process has the figures that every client has) {
  auto e = read();
  CAF_CHECK_EQUAL(e.value("process_cpu_seconds_total"), 1.5);
  CAF_CHECK_EQUAL(e.value("process_resident_memory_bytes"), 1e3);
  CAF_CHECK_EQUAL(e.value("process_virtual_memory_bytes"), 2e3);
  CAF_CHECK_EQUAL(e.value("process_threads"), 7.0);
  CAF_CHECK_EQUAL(e.value("process_start_time_seconds"), 1e9);
  CAF_CHECK_EQUAL(e.value("process_open_fds"), 30.0);
  CAF_CHECK_EQUAL(e.value("process_max_fds"), 1'024.0);
  process.reset();
  CAF_CHECK(!read().types.contains("process_threads"));
}

CAF_TEST(parts of the hour are one size) {
  auto part = o.files[0];
  part.file = "scalp/20260914_10.1.jsonl";
  part.bytes = 500;
  o.files.push_back(part);
  CAF_CHECK_EQUAL(read().value("observer_hour_file_bytes"), 9'500.0);
}

CAF_TEST(a trouble of storage is told with its cause and nothing is ready) {
  o.storage[0].why = cause::disk_full;
  auto e = read();
  CAF_CHECK_EQUAL(e.value("observer_storage_trouble",
                          {{"dataset", "scalp"}, {"cause", "disk_full"}}),
                  1.0);
  CAF_CHECK_EQUAL(e.value("observer_ready"), 0.0);
}

CAF_TEST(what is not known is left out) {
  o.sessions[0].connection.lag_ms.reset();
  o.last_record_us.reset();
  o.disk.free_bytes.reset();
  o.disk.free_inodes.reset();
  o.files.clear();
  auto e = read();
  for (auto name :
       {"observer_exchange_lag_seconds", "observer_last_record_age_seconds",
        "observer_disk_free_bytes", "observer_disk_free_inodes",
        "observer_hour_file_expected_bytes"})
    CAF_CHECK(!e.types.contains(name));
  CAF_CHECK_EQUAL(e.value("observer_hour_file_bytes"), 0.0);
}

CAF_TEST(a full disk has nothing free and is not unknown) {
  o.disk.free_bytes = o.disk.free_inodes = 0;
  auto e = read();
  CAF_CHECK_EQUAL(e.value("observer_disk_free_bytes"), 0.0);
  CAF_CHECK_EQUAL(e.value("observer_disk_free_inodes"), 0.0);
}

CAF_TEST(names of actors cannot break the text) {
  o.actors[1].view.name = "a\"b\\c\nd";
  auto text = metrics_text(o, judge(o), acks, syncs);
  CAF_CHECK(text.find("actor=\"a\\\"b\\\\c\\nd\"") != std::string::npos);
}

CAF_TEST(counts of a long session are exact to the last record) {
  o.totals.received = 12'345'678'901;
  auto text = metrics_text(o, judge(o), acks, syncs);
  CAF_CHECK(text.find("observer_records_received_total 12345678901\n")
            != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
