#pragma once

// Who holds a data directory, for people and for machines that its lock does not
// reach: `.holder` in it. A process number means nothing to another container;
// host name, start and version do. Where locks end at a machine (network and
// shared folders) the holder renews its note each second, and whoever starts
// there watches for that before it takes the place.
//
// A `.holder` that is a link, has a second name or holds something else is not
// ours, and is not touched.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace observer {

struct holder_note {
  std::string host = {};
  int64_t pid = 0;
  /// In which namespace that number is one, and since which boot of the machine.
  std::string pid_space = {}, boot = {};
  std::string version = {};
  int64_t since_us = 0;
  /// Counts on while the holder lives, if it renews its note at all.
  uint64_t beat = 0;
  bool ended = false;

  /// The same life of the same process.
  bool is_of(const holder_note& other) const;
};

/// One line of a fixed size, so that writing it anew needs no room.
std::string holder_text(const holder_note& note);
/// Nothing if it is none of ours.
std::optional<holder_note> parse_holder(std::string_view text);
/// `process 7 of host 3f2a1b in another container or machine, since …`.
std::string holder_words(const holder_note& note, const holder_note& reader);

/// Of this process, from now on.
holder_note own_holder(int64_t now_us);

std::optional<holder_note> read_holder(const std::string& data_dir);
/// False if it is not written, also because the file there is not ours.
bool write_holder(const std::string& data_dir, const holder_note& note);

/// The note of another life that is renewed while this waits; nothing if there is
/// none. Returns at once where there is no note, or one that says its end.
std::optional<holder_note> watch_holder(const std::string& data_dir,
                                        const holder_note& own,
                                        std::chrono::milliseconds patience);

/// Keeps the note while it lives, and says its end. Waits for no disk.
class holder_mark {
 public:
  static constexpr std::chrono::milliseconds beat_period{1'000};

  /// `renew`: each beat_period; and what another holder leaves there is logged.
  holder_mark(std::string data_dir, holder_note note, bool renew);
  ~holder_mark();
  holder_mark(const holder_mark&) = delete;
  holder_mark& operator=(const holder_mark&) = delete;

 private:
  struct state;
  static void keep(const std::shared_ptr<state>& s);

  std::shared_ptr<state> state_;
};

} // namespace observer
