#pragma once

// The header fields of every answer.

#include <string>

namespace observer {

/// The date, what keeps browsers from misusing an answer, and that it hangs on
/// Accept-Encoding: it is gzip for some, or would be if it were longer.
void append_common_headers(std::string& out);

} // namespace observer
