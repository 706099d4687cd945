#pragma once

// The places where bytes from outside enter the program. Each entry feeds any
// bytes to the code that reads them and checks what its contract promises; it
// throws `broken` when a promise is not kept, and lets through whatever the
// code itself throws, which is a finding too. No entry touches the network or a
// clock. All but `whole_path` touch no disk either and remember nothing from one
// call to the next; that one keeps a world for many calls, and proves its files
// in a folder of memory in the end.

#include <string_view>

namespace observer::fuzz {

/// A text message of the socket that is no JSON: records, journal lines and
/// quarantine lines.
void frame(std::string_view input);
/// A text message that is JSON: replies and PINGPONG.
void control(std::string_view input);
/// The settings file.
void config(std::string_view input);
/// Lines of a journal, as the audit reads them.
void audit_line(std::string_view input);
/// `<file>.manifest.json`, as the recorder and as the audit read it.
void manifest(std::string_view input);
/// The broker's answer to a request for an approval key.
void approval(std::string_view input);
/// Requests at the simulated exchange's REST side.
void http(std::string_view input);
/// What the broker's socket brings behind the upgrade.
void websocket(std::string_view input);
/// An address of the settings.
void url(std::string_view input);
/// A compressed file, as every reader of ours reads it.
void zstd(std::string_view input);
/// A journal file that an earlier run left behind.
void recovery(std::string_view input);
/// The broker's bytes, from the socket to the disk; see whole_path.cpp.
void whole_path(std::string_view input);

struct entry {
  /// Also the name of its folder in tests/fuzz/corpus.
  std::string_view name;
  void (*run)(std::string_view input);
};

inline constexpr entry entries[] = {
  {"frame", frame},       {"control", control},   {"config", config},
  {"audit_line", audit_line}, {"manifest", manifest}, {"approval", approval},
  {"http", http},         {"url", url},           {"recovery", recovery},
  {"websocket", websocket}, {"zstd", zstd},       {"whole_path", whole_path},
};

} // namespace observer::fuzz
