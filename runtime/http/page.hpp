#pragma once

// The files of the web console over HTTP: gzip for whoever likes it, each with a
// tag of its own, and not sent again to who has it.

#include <optional>
#include <string>
#include <string_view>

#include "runtime/console/assets.hpp"
#include "runtime/http/server.hpp"

namespace observer {

http_answer static_file(const console_asset& file, const http_call& call);

/// The page with `status` where it has a place for one, so that figures stand
/// there before a line of its script has run:
///
///   <script type="application/json" id="first-status">null</script>
///
/// A browser runs no script of that type. Nothing if the page has no such place,
/// or two.
std::optional<std::string> page_with_status(std::string_view page,
                                            std::string_view status);

} // namespace observer
