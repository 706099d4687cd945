#pragma once

// The tables of the console out of what the daemon says.

#include "runtime/console/terminal/picture.hpp"
#include "runtime/console/terminal/table.hpp"
#include "runtime/console/terminal/view.hpp"

namespace observer::terminal {

/// Slots that hold nothing stand last: each with a row, or all of a session in
/// one of the id empty_slots(…).
table slot_table(const status& s, language in, bool empty_shown);
table actor_table(const status& s, language in);
table event_table(const std::vector<event>& events, integer now_us,
                  language in);
table file_table(const std::vector<file>& files, integer now_us, language in);

/// The id of the row that stands for the empty slots of a session.
std::string empty_slots(const std::string& session);

/// What happened, in the reader's language: quantities and what the kind or
/// the cause means. Empty where `detail` alone says it.
std::string event_words(const event& e, language in);

/// The table of a tab as it is shown: sorted and filtered. Empty for the
/// first tab and before the first answer.
table table_of(const view& v, const picture& p);

/// The slot or actor of a row's id; null when it is gone.
const slot* slot_of(const status& s, const std::string& id);
const actor* actor_of(const status& s, const std::string& id);

/// Colours of states: ok, warn, bad, or dim for what is at rest.
style style_of_state(const std::string& state);

} // namespace observer::terminal
