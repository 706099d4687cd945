#pragma once

// The tables of the console out of what the daemon says.

#include "runtime/console/terminal/picture.hpp"
#include "runtime/console/terminal/table.hpp"
#include "runtime/console/terminal/view.hpp"

namespace observer::terminal {

table slot_table(const status& s, language in);
table actor_table(const status& s, language in);
table event_table(const std::vector<event>& events, integer now_us,
                  language in);
table file_table(const std::vector<file>& files, integer now_us, language in);

/// The table of a tab as it is shown: sorted and filtered. Empty for the
/// overview and before the first answer.
table table_of(const view& v, const picture& p);

/// The slot or actor of a row's id; null when it is gone.
const slot* slot_of(const status& s, const std::string& id);
const actor* actor_of(const status& s, const std::string& id);

/// Colours of states: ok, warn, bad, or dim for what is at rest.
style style_of_state(const std::string& state);

} // namespace observer::terminal
