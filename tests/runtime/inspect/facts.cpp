#define CAF_SUITE runtime_inspect_facts
#include "runtime/inspect/archive_facts.hpp"
#include "runtime/inspect/facts.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "observed.hpp"
#include "runtime/inspect/verdict.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::inspect_test;
using nlohmann::json;

namespace {

struct fixture {
  fixture() {
    std::ifstream in{OBSERVER_SOURCE_DIR "/runtime/console/terms.json"};
    templates = json::parse(in)["say"];
  }
  /// One of each kind that a verdict may have.
  std::vector<fact> all() {
    auto o = whole_observation();
    auto& session = o.sessions[0];
    storage_observation bad{dataset::system, cause::disk_full, "no room",
                            "a file"};
    std::vector<fact> out{rates_fact(o),
                          slots_fact(o, "refused"),
                          slots_fact(o, "silent"),
                          slots_fact(o, "subscribing"),
                          not_live_fact(o, 1),
                          silence_fact(1, 2.0),
                          silence_fact(1, std::nullopt),
                          connection_fact(o, &session, cause::disconnected),
                          session_fact(o, session, cause::disconnected),
                          shortage_fact(o),
                          unclaimed_fact(o),
                          waiting_fact(o),
                          none_saved_fact(o),
                          doubt_fact(o, "layout", 1, 2),
                          doubt_fact(o, "doubt", 1, 2),
                          storage_fact(bad),
                          set_aside_fact(bad),
                          disk_fact(o),
                          closed_fact(o),
                          opens_fact(1),
                          day_fact(o),
                          clock_fact(40'000),
                          clock_fact(-40'000),
                          none_missing_fact()};
    archive_view archive;
    archive.has_target = true;
    archive.pending_days = 2;
    archive.oldest_pending_day = "20260911";
    archive.trouble = "no route";
    archive.disk = disk_fill{5, 100};
    for (auto level : {disk_level::warn, disk_level::act}) {
      archive.level = level;
      archive.nothing_more = level == disk_level::act;
      for (auto& [why, f] : archive_facts(archive))
        out.push_back(std::move(f));
    }
    losses_by_tr losses;
    losses[0] = {1, 5, 2};
    for (auto& f : missing_facts(losses))
      out.push_back(f);
    auto& slot = session.slots[0];
    slot.view.state = "rejecting";
    out.push_back(failing(o).said);
    slot.view.rejection = "bad_time: column 1";
    out.push_back(failing(o).said);
    // Those of a verdict that needs no figures.
    auto judged = [&] { out.push_back(judge(o).facts.at(0)); };
    o.sessions[0].slots[0].view.what.reset();
    judged();
    o.sessions.clear();
    o.started_us = o.now_us;
    judged();
    o.recovering = true;
    judged();
    o.stopping = true;
    judged();
    return out;
  }
  /// The names in braces of a template.
  static std::set<std::string> names_in(const std::string& text) {
    std::set<std::string> out;
    for (size_t at = 0; (at = text.find('{', at)) != text.npos; ++at)
      out.insert(text.substr(at + 1, text.find('}', at) - at - 1));
    return out;
  }

  json templates;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(facts_tests, fixture)

CAF_TEST(every fact can be said in both languages of its own figures) {
  for (auto& f : all()) {
    std::string kind{f.kind};
    if (!templates.contains(kind)) {
      CAF_ERROR("no template for " << kind);
      continue;
    }
    std::set<std::string> figures;
    for (auto& [name, value] : f.figures)
      figures.insert(std::string{name});
    CAF_REQUIRE_EQUAL(templates[kind].size(), 2u);
    auto english = names_in(templates[kind][0]);
    CAF_CHECK(english == names_in(templates[kind][1]));
    for (auto& name : english)
      if (!figures.contains(name))
        CAF_ERROR(kind << " has no figure " << name);
  }
}

CAF_TEST(no template is of a fact that nobody states) {
  std::set<std::string> kinds;
  for (auto& f : all())
    kinds.insert(std::string{f.kind});
  for (auto& [kind, text] : templates.items())
    if (!kinds.contains(kind))
      CAF_ERROR(kind << " is nobody's");
}

CAF_TEST(a Korean template is Korean) {
  for (auto& [kind, text] : templates.items()) {
    if (kind == "closed") // its words are a group of their own
      continue;
    auto korean = text[1].get<std::string>();
    CAF_CHECK(std::any_of(korean.begin(), korean.end(), [](char c) {
      return static_cast<unsigned char>(c) >= 0xEA;
    }));
  }
}

CAF_TEST(rates are whole unless they are small) {
  CAF_CHECK_EQUAL(rate_text(0), "0");
  CAF_CHECK_EQUAL(rate_text(0.44), "0.4");
  CAF_CHECK_EQUAL(rate_text(9.96), "10");
  CAF_CHECK_EQUAL(rate_text(1'234.5), "1,235");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
