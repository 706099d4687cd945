// The menu of actions: see view.hpp.

#include <algorithm>

#include <fmt/format.h>

#include "runtime/console/terminal/tables.hpp"
#include "runtime/console/terminal/view.hpp"

namespace observer::terminal {

namespace {

/// What a symbol without a TR is registered for.
constexpr std::string_view default_tr = "H0STCNT0";

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
  auto id = selected_id(v, p, tab::journal);
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
  auto level_hint = "trace, debug, info, warning, error or critical";
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
  offer("log_level", "", "", false, true, level_hint);
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

std::string describe(const action& a, language in) {
  auto target = a.target.empty() ? "…" : a.target;
  auto value = a.value.empty() ? "…" : a.value;
  if (a.name == "restart_actor")
    return say(in, "restart the actor {0}", target);
  if (a.name == "pin")
    return say(in, "register {0} in slot {1}", value, target);
  if (a.name == "release")
    return say(in, "release slot {0}", target);
  if (a.name == "reconnect")
    return say(in, "close and reopen {0}", session_name(in, target));
  if (a.name == "rotate")
    return say(in, "seal the file of {0} and begin another", target);
  if (a.name == "log_level")
    return say(in, "set the log level to {0}", value);
  if (a.name == "crash_writer")
    return say(in, "crash the writer of {0}", target);
  return fmt::format("{} {} {}", term(in, "action", a.name), a.target, a.value);
}

const slot* holder_of(const action& pin, const status& s) {
  auto colon = pin.value.find(':');
  auto id = colon == pin.value.npos ? std::string{default_tr}
                                    : pin.value.substr(0, colon);
  auto symbol = colon == pin.value.npos ? pin.value
                                        : pin.value.substr(colon + 1);
  for (auto& session : s.sessions)
    for (auto& slot : session.slots)
      if (slot.symbol == symbol && slot.tr_id == id
          && std::to_string(slot.index.value_or(-1)) != pin.target)
        return &slot;
  return nullptr;
}

} // namespace observer::terminal
