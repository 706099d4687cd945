#define CAF_SUITE simulation_causes
#include "simulation/world.hpp"

#include "test.hpp"

#include <algorithm>
#include <cerrno>

#include "messages/korean_time.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulation;

// Every fault that the simulated world can make is named by the daemon's log,
// with the right cause, within ten seconds of simulated time.

namespace {

constexpr int64_t second = us_per_second;
constexpr int64_t named_within = 10 * second;

world_config busy() {
  world_config c;
  c.seed = 20260914;
  c.market.rate = 40;
  return c;
}

struct stage : world {
  explicit stage(const world_config& c = busy()) : world(c) {
    CAF_REQUIRE(start());
    CAF_REQUIRE(pass_until(30 * second, [&] {
      return exchange->all_registered();
    }));
    pass(60 * second);
  }
  ~stage() {
    if (!running())
      return;
    // Whatever the fault: no record is counted twice or not at all.
    for (auto& f : findings)
      CAF_ERROR(f);
  }

  /// Waits until a line of the log says `word`.
  void expect_word(const std::string& fault, const std::string& word) {
    auto struck = now_us();
    auto from = log.size();
    auto said = pass_until(named_within, [&] {
      return std::any_of(log.begin() + static_cast<std::ptrdiff_t>(from),
                         log.end(), [&](const logged& l) {
                           return l.text.find(word) != l.text.npos;
                         });
    });
    auto ms = (now_us() - struck) / 1'000;
    if (said)
      CAF_MESSAGE(fault << ": " << word << " after " << ms << " ms");
    else {
      CAF_ERROR(fault << ": no line says " << word << " within 10 s");
      for (auto i = from; i < log.size(); ++i)
        CAF_MESSAGE(log[i].text);
    }
  }

  /// Reading all files takes long: a look now and then.
  bool look_until(const std::function<bool()>& done) {
    for (int i = 0; i < 60; ++i) {
      if (done())
        return true;
      pass(second);
    }
    return done();
  }

  /// The verdict gets there within ten seconds.
  void expect_verdict(verdict::state_type state, cause why) {
    auto struck = now_us();
    auto came = pass_until(named_within, [&] {
      auto v = judged();
      return v.state == state && v.why == why;
    });
    auto v = judged();
    CAF_MESSAGE(to_string(why) << " after " << (now_us() - struck) / 1'000
                               << " ms: " << v.text);
    if (!came)
      CAF_ERROR("the verdict is " << to_string(v.state) << ", "
                                  << to_string(v.why) << ": " << v.text);
  }

  /// Waits until a tick on disk carries a gap with this cause.
  void expect_gap(const std::string& fault, const std::string& cause) {
    auto marked = look_until([&] {
      auto all = ticks();
      return std::any_of(all.begin(), all.end(), [&](const found_tick& t) {
        return t.cause == cause && t.missing > 0;
      });
    });
    if (!marked)
      CAF_ERROR(fault << ": no gap says " << cause);
  }

  /// A line of the system journal names the cause.
  void expect_event(const std::string& fault, const std::string& cause) {
    auto word = R"("cause":")" + cause + '"';
    auto written = look_until([&] {
      for (auto& path : files->files())
        if (path.find("/system/") != path.npos
            && files->text(path).find(word) != std::string::npos)
          return true;
      return false;
    });
    if (!written)
      CAF_ERROR(fault << ": no line of the system journal says " << cause);
  }
};

} // namespace

CAF_TEST(a broken connection) {
  stage s;
  s.exchange->drop("connection reset by peer");
  s.expect_word("drop", "disconnected");
  s.expect_event("drop", "disconnected");
  s.expect_gap("drop", "disconnected");
}

CAF_TEST(a broker that nobody reaches) {
  for (auto how : {broker::answer::unreachable, broker::answer::tls_refused,
                   broker::answer::no_websocket, broker::answer::nothing}) {
    stage s;
    s.exchange->sockets = how;
    s.exchange->drop("going down");
    s.expect_word("no session", "disconnected");
  }
}

CAF_TEST(a broker that sends no trades) {
  stage s;
  s.exchange->silence(s.now_us() + 20 * second);
  s.expect_word("silence", "connected_but_silent");
  // The verdict says it as soon, with the same figures.
  s.pass(second);
  auto v = s.judged();
  CAF_CHECK(v.state == verdict::recording && v.warns);
  CAF_CHECK(v.why == cause::connected_but_silent);
  CAF_CHECK_EQUAL(v.facts.at(0).kind, "silence");
  s.expect_event("silence", "connected_but_silent");
  s.expect_gap("silence", "connected_but_silent");
}

CAF_TEST(a half open connection) {
  stage s;
  s.exchange->freeze();
  s.expect_word("half open", "connected_but_silent");
  s.expect_gap("half open", "connected_but_silent");
}

CAF_TEST(a broker that stalls) {
  stage s;
  s.exchange->stall(s.now_us() + 20 * second);
  s.expect_word("slow", "connected_but_silent");
}

CAF_TEST(frames that nobody can read) {
  stage s;
  s.exchange->garbage();
  s.expect_word("garbage", "parse_rejected");
}

CAF_TEST(a layout in which every record is rejected) {
  stage s;
  CAF_CHECK(s.judged().state == verdict::recording);
  s.exchange->shift_layout("*");
  s.expect_verdict(verdict::not_recording, cause::layout_changed);
  CAF_CHECK(!s.judged().ready());
  s.pass(20 * second);
  CAF_CHECK(s.judged().state == verdict::not_recording);
  CAF_CHECK(s.judged().text.find("bad_time") != std::string::npos);
  s.exchange->shift_layout("");
  s.pass(15 * second);
  CAF_CHECK(s.judged().state == verdict::recording);
  CAF_CHECK(!s.judged().warns);
  s.expect_gap("layout", "parse_rejected");
}

CAF_TEST(only records of symbols that nobody asked for) {
  stage s;
  s.exchange->mix_up(true);
  s.expect_verdict(verdict::not_recording, cause::not_subscribed);
  // A new session changes nothing of it.
  s.exchange->drop("closed");
  s.pass(2 * second);
  s.expect_verdict(verdict::not_recording, cause::not_subscribed);
  s.exchange->mix_up(false);
  s.pass(15 * second);
  CAF_CHECK(s.judged().state == verdict::recording);
  CAF_CHECK(!s.judged().warns);
}

CAF_TEST(a layout that changes is named in the log) {
  stage s;
  s.exchange->shift_layout("*");
  s.expect_word("layout", "layout_changed");
}

CAF_TEST(a layout of one symbol of many) {
  stage s;
  auto symbol = s.exchange->symbols().front();
  s.exchange->shift_layout(symbol);
  s.pass(10 * second);
  auto v = s.judged();
  CAF_CHECK(v.warns || v.state == verdict::not_recording);
  if (v.text.find(symbol) == std::string::npos)
    CAF_ERROR("no " << symbol << " in \"" << v.text << "\"");
}

CAF_TEST(a market so quiet that ten seconds hold three records) {
  auto c = busy();
  c.market.rate = 0.3;
  stage s{c};
  s.pass(200 * second);
  CAF_CHECK(s.judged().state == verdict::recording);
  s.exchange->shift_layout("*");
  s.pass(40 * second);
  CAF_CHECK(s.judged().state == verdict::not_recording);
  CAF_CHECK(s.judged().why == cause::layout_changed);
}

CAF_TEST(a layout that is rejected from the first record on) {
  auto c = busy();
  world w{c};
  w.exchange->shift_layout("*");
  CAF_REQUIRE(w.start());
  CAF_REQUIRE(w.pass_until(30 * second, [&] {
    return w.exchange->all_registered();
  }));
  w.pass(10 * second);
  CAF_CHECK(w.judged().state == verdict::not_recording);
  CAF_CHECK(w.judged().why == cause::layout_changed);
}

CAF_TEST(one record of a hundred that is rejected) {
  stage s;
  s.exchange->damage(20);
  s.pass(20 * second);
  auto v = s.judged();
  CAF_CHECK(v.state == verdict::recording);
  CAF_CHECK(v.warns);
  CAF_CHECK(v.why == cause::parse_rejected);
}

CAF_TEST(a registration that is refused) {
  stage s;
  s.exchange->refuse_next();
  s.exchange->drop("closed");
  s.expect_word("refusal", "refused_limit");
  s.expect_event("refusal", "refused_limit");
}

CAF_TEST(records that grow) {
  stage s;
  s.exchange->widen();
  s.expect_word("width", "width_changed");
  s.expect_event("width", "width_changed");
}

CAF_TEST(another program with the app key) {
  stage s;
  s.exchange->take_appkey(s.now_us() + 30 * second);
  s.expect_word("app key in use", "appkey_in_use");
  s.expect_event("app key in use", "appkey_in_use");
}

CAF_TEST(an approval key that died) {
  stage s;
  s.exchange->forget_keys();
  s.exchange->drop("closed");
  s.expect_word("dead approval key", "credentials_refused");
}

CAF_TEST(a REST service that is down) {
  stage s;
  s.exchange->rest = broker::answer::unreachable;
  s.exchange->forget_keys();
  s.exchange->drop("closed");
  s.expect_word("REST down", "rest_down");
  s.expect_event("REST down", "rest_down");
}

CAF_TEST(a REST service that does not answer) {
  auto c = busy();
  world w{c};
  w.exchange->rest = broker::answer::nothing;
  CAF_REQUIRE(w.start());
  auto named = w.pass_until(named_within, [&] {
    return std::any_of(w.log.begin(), w.log.end(), [](const logged& l) {
      return l.text.find("rest_down") != l.text.npos;
    });
  });
  CAF_CHECK(named);
}

CAF_TEST(requests that are never answered) {
  stage s;
  s.exchange->mute = true;
  s.exchange->drop("closed");
  s.expect_word("no replies", "no_reply");
}

CAF_TEST(a disk that is full and then is not) {
  stage s;
  s.files->fail_nth(1, ENOSPC, true);
  s.expect_word("no space", "disk_full");
  s.pass(60 * second);
  CAF_CHECK(sum(s.counters()).shed > 0); // past the bound
  s.files->mend();
  s.expect_gap("no space", "disk_full");
  s.expect_event("no space", "disk_full");
}

CAF_TEST(a disk without permission) {
  stage s;
  s.files->fail_nth(1, EACCES, true);
  s.expect_word("no permission", "permission");
}

CAF_TEST(a disk that fails) {
  stage s;
  s.files->fail_nth(test::fs_op::sync, 1, EIO, true);
  s.expect_word("sync fails", "io_error");
}

CAF_TEST(a file that somebody deletes) {
  stage s;
  for (auto& path : s.files->files())
    if (path.find("/scalp/") != path.npos && path.ends_with(".jsonl"))
      s.files->take_away(path);
  s.expect_word("file deleted", "file_taken");
  s.expect_event("file deleted", "file_taken");
}

CAF_TEST(no descriptors) {
  stage s;
  s.files->fail_nth(test::fs_op::sync, 1, EMFILE);
  s.files->fail_nth(test::fs_op::truncate, 1, EMFILE, true);
  s.files->fail_nth(test::fs_op::create, 1, EMFILE, true);
  s.expect_word("no descriptors", "out_of_resources");
  s.files->mend();
  s.pass(10 * second);
  CAF_CHECK_EQUAL(sum(s.counters()).shed, 0u);
}

CAF_TEST(a disk that hangs) {
  stage s;
  s.manners.stalled_until_us = s.now_us() + 20 * second;
  s.expect_word("slow disk", "io_error");
  s.expect_event("slow disk", "io_error");
}

CAF_TEST(more records than the disk takes) {
  auto c = busy();
  c.unacked_bytes_max = 30'000;
  stage s{c};
  s.manners.job_us = 4 * second;
  s.expect_word("slow jobs", "shed_by_bound");
}

CAF_TEST(a writer that dies) {
  stage s;
  s.kill_actor("scalp_writer");
  s.expect_word("writer killed", "restarted scalp_writer");
}

CAF_TEST(a connection actor that dies) {
  stage s;
  s.kill_actor("connection");
  s.expect_word("connection killed", "restarted connection");
  s.expect_gap("connection killed", "actor_restarted");
}

CAF_TEST(a clock that is set) {
  for (auto by : {us_per_hour, -us_per_hour}) {
    stage s;
    auto connects = s.counters().connects.value();
    s.clock->set(s.clock->us + by);
    s.expect_word("clock set", "clock_wrong");
    s.expect_event("clock set", "clock_wrong");
    s.pass(60 * second);
    // And nothing else comes of it.
    CAF_CHECK_EQUAL(s.counters().connects.value(), connects);
  }
}

CAF_TEST(a clock that is wrong by whole days is told from the trades) {
  for (auto days : {-7, -1, 1}) {
    stage s;
    s.clock->set(s.clock->us + days * us_per_day);
    s.expect_word("days off", "where it is");
    CAF_CHECK_EQUAL(s.counters().connects.value(), 1u);
  }
}

CAF_TEST(a process that is killed) {
  stage s;
  s.kill_process();
  s.pass(3 * second);
  CAF_REQUIRE(s.start());
  s.expect_gap("process killed", "daemon_down");
}

CAF_TEST(a machine without power) {
  stage s;
  s.cut_power();
  s.pass(3 * second);
  CAF_REQUIRE(s.start());
  s.expect_gap("power cut", "daemon_down");
}

CAF_TEST(a writer that dies is back within a second) {
  stage s;
  for (int i = 0; i < 100; ++i) {
    s.kill_actor("scalp_writer");
    s.pass(40 * second); // longer than the supervisor's period
  }
  auto& times = s.recoveries_us;
  std::sort(times.begin(), times.end());
  CAF_REQUIRE(times.size() == 100u);
  CAF_MESSAGE("kill to next acknowledgement: p50 " << times[50] / 1'000
              << " ms, p99 " << times[98] / 1'000 << " ms");
  CAF_CHECK(times.back() < second);
}

} // namespace CAF_SUITE
