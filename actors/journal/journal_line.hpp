#pragma once

// A line of the journal read back from disk, as far as a manifest and a
// recovery need it.

#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/batches.hpp"
#include "messages/manifest.hpp"

namespace observer {

struct parsed_line {
  /// `last_seq` and `last_received_us` are the line's own.
  manifest_stream stream;
  std::optional<manifest_gap> gap;
  /// Of a trade whose cumulative volume is in doubt: what it moves that of the
  /// trades before by.
  std::optional<uint64_t> moves_by;
};

/// One line without its newline, as our writers make them; nothing if it is
/// torn or foreign.
std::optional<parsed_line> parse_line(dataset data, std::string_view line);

/// The receive time that a line of the journal begins with; nothing if it does
/// not begin like one.
std::optional<int64_t> line_time(std::string_view line);

/// Could a line of ours begin so? True for a part of our beginning as well.
bool begins_like_a_line(std::string_view text);

} // namespace observer
