// The menu of actions: see view.hpp.

#include <algorithm>

#include <fmt/format.h>

#include "runtime/console/terminal/tables.hpp"
#include "runtime/console/terminal/view.hpp"

namespace observer::terminal {

namespace {

/// What is selected in a tab, or open; empty where there is nothing.
std::string selected_id(const view& v, const picture& p, tab wanted) {
  if (v.shown != wanted)
    return {};
  if (!v.opened.empty())
    return v.opened;
  auto t = table_of(v, p);
  return t.rows.empty() ? std::string{}
                        : t.rows[selected_index(t, v.table())].id;
}

/// The dataset of the selected file, else the one of the ticks.
std::string dataset_of(const view& v, const picture& p) {
  auto id = selected_id(v, p, tab::files);
  auto slash = id.find('/');
  return slash == std::string::npos ? "scalp" : id.substr(0, slash);
}

} // namespace

std::vector<menu_entry> menu_of(const view& v, const picture& p) {
  std::vector<menu_entry> out;
  if (!p.status || !p.permissions)
    return out;
  auto may = [&](const char* name) {
    auto& all = p.permissions->actions;
    return std::find(all.begin(), all.end(), name) != all.end();
  };
  auto offer = [&](const char* name, std::string target, std::string value,
                   bool needs_target, bool needs_value,
                   std::string hint = {}) {
    if (may(name))
      out.push_back({{name, std::move(target), std::move(value)},
                     needs_target, needs_value, std::move(hint)});
  };
  std::string slot;
  if (auto s = slot_of(*p.status, selected_id(v, p, tab::slots));
      s != nullptr && s->index)
    slot = std::to_string(*s->index);
  auto symbol_hint = "symbol, or TR:symbol, such as H0STCNT0:005930";
  auto pin = [&] { offer("pin", slot, "", true, true, symbol_hint); };
  auto release = [&] { offer("release", slot, "", true, false); };
  auto restart = [&] {
    offer("restart_actor", selected_id(v, p, tab::actors), "", true, false);
  };
  // What belongs to the tab comes first.
  if (v.shown == tab::slots) {
    pin();
    release();
  }
  if (v.shown == tab::actors)
    restart();
  for (auto& s : p.status->sessions)
    offer("reconnect", s.name, "", true, false);
  offer("rotate", dataset_of(v, p), "", true, false);
  offer("log_level", "", "", false, true, "trace, debug, info, warn or error");
  if (v.shown != tab::slots) {
    pin();
    release();
  }
  if (v.shown != tab::actors)
    restart();
  if (p.permissions->chaos)
    offer("crash_writer", dataset_of(v, p), "", true, false);
  return out;
}

std::string describe(const action& a) {
  auto target = a.target.empty() ? "…" : a.target;
  auto value = a.value.empty() ? "…" : a.value;
  if (a.name == "restart_actor")
    return fmt::format("restart the actor {}", target);
  if (a.name == "pin")
    return fmt::format("pin {} to slot {}", value, target);
  if (a.name == "release")
    return fmt::format("release slot {}", target);
  if (a.name == "reconnect")
    return fmt::format("close and reopen {}", target);
  if (a.name == "rotate")
    return fmt::format("seal the file of {} and begin another", target);
  if (a.name == "log_level")
    return fmt::format("set the log level to {}", value);
  if (a.name == "crash_writer")
    return fmt::format("crash the writer of {}", target);
  return fmt::format("{} {} {}", a.name, a.target, a.value);
}

} // namespace observer::terminal
