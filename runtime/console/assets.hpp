#pragma once

// The files of the web console, embedded in the executable at build. They are
// public: none holds anything of the daemon's settings or data.

#include <span>
#include <string_view>

namespace observer {

/// One file, as it is to be served. All views are of static storage.
struct console_asset {
  /// The path of its URL; "/" is the page itself.
  std::string_view path;
  std::string_view content_type;
  /// Strong, in its quotes, from the body's SHA-256.
  std::string_view etag;
  std::string_view body;
  /// The body as gzip; empty where the build made none.
  std::string_view gzip = {};
};

/// All of them, by path in ascending order. Built with OBSERVER_CONSOLE=OFF
/// it is one page that says so.
std::span<const console_asset> console_assets();

} // namespace observer
