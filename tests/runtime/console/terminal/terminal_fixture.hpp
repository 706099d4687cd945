#pragma once

// A picture of a daemon, and what the console would show of it.

#include <memory>
#include <string>
#include <vector>

#include "runtime/console/terminal/layout.hpp"

namespace observer::test {

struct terminal_fixture {
  static constexpr int64_t now_us = 1'789'366'066'000'000; // 15:07:46 in Korea
  terminal::picture p;
  terminal::view v;
  terminal::size extent{100, 30};

  terminal_fixture() {
    using namespace terminal;
    status s;
    s.now_us = now_us;
    s.run_id = "r1";
    s.state = "recording";
    s.severity = "ok";
    s.text = "Recording: 1,234 trades/s, all on disk";
    s.received_per_s = s.persisted_per_s = 1234;
    s.received = 97329;
    session one;
    one.name = "session 1";
    one.phase = "open";
    for (int i = 0; i < 41; ++i) {
      slot each;
      each.session = one.name;
      each.index = i;
      each.state = i < 3 ? "live" : "idle";
      each.symbol = i < 3 ? std::to_string(5930 + i) : "";
      each.tr_id = i < 3 ? "H0STCNT0" : "";
      each.received = i < 3 ? 300 - 100 * i : 0;
      one.slots.push_back(each);
    }
    s.sessions.push_back(one);
    for (auto name : {"guardian", "feed", "feed/connection", "collection"}) {
      actor a;
      a.name = name;
      a.state = "up";
      a.mailbox = static_cast<int64_t>(a.name.size());
      s.actors.push_back(a);
    }
    s.events = {event{now_us, "gap", "exchange_gap", 1, "000660",
                      "삼성전자 12주 누락", 12, {}},
                event{now_us - 1, "disconnected", "no_reply", -1, "",
                      "no byte", {}, {}},
                event{now_us - 1, "disconnected", "no_reply", -1, "",
                      "no byte", {}, {}}};
    p.url = "http://127.0.0.1:8000";
    p.contact.reached = true;
    p.contact.first = false;
    p.status = std::make_shared<status>(s);
    p.permissions = permissions{
      "", false, {"restart_actor", "pin", "release", "log_level", "rotate"}};
  }

  terminal::frame shown() {
    return terminal::draw(p, v, extent);
  }
  std::vector<std::string> texts() {
    std::vector<std::string> out;
    for (auto& l : shown().lines)
      out.push_back(l.text());
    return out;
  }
  bool shows(const std::string& words) {
    for (auto& text : texts())
      if (text.find(words) != std::string::npos)
        return true;
    return false;
  }
  terminal::effect press(terminal::key k) {
    return terminal::press(v, p, k, shown().table_rows);
  }
  terminal::effect type(const std::string& text) {
    terminal::effect last;
    for (std::string_view rest = text; !rest.empty();) {
      auto next = terminal::first_code_point(rest);
      last = press(next.value);
      rest.remove_prefix(next.bytes);
    }
    return last;
  }
};

} // namespace observer::test
