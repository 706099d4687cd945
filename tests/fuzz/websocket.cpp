#include "runtime/network/websocket_reader.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"

namespace observer::fuzz {

namespace {

constexpr uint64_t message_max = 1'000;

struct seen_bytes {
  std::vector<std::string> messages;
  size_t pings = 0;
  bool closed = false, broken = false;
};

/// Reads the bytes as they come, `chunk` at a time; every third time what is
/// there is taken.
seen_bytes read_frames(std::string_view input, size_t chunk) {
  websocket_reader reader{message_max};
  seen_bytes out;
  auto take = [&] {
    frame_batch batch;
    reader.take(batch);
    for (auto& item : batch.frames)
      out.messages.emplace_back(batch.text(item));
  };
  for (size_t turn = 1; !input.empty(); ++turn) {
    auto room = reader.room();
    require(room.size > 0, "there is room");
    auto n = std::min({room.size, chunk, input.size()});
    std::copy_n(input.data(), n, room.data);
    input.remove_prefix(n);
    reader.received(n, 1);
    out.pings += reader.pings().size();
    if (turn % 3 == 0)
      take();
  }
  take();
  out.closed = reader.closed().has_value();
  out.broken = reader.broken().has_value();
  return out;
}

} // namespace

void websocket(std::string_view input) {
  if (input.empty())
    return;
  auto whole = read_frames(input, input.size());
  size_t bytes = 0;
  for (auto& m : whole.messages) {
    require(m.size() <= message_max, "a message is bounded");
    bytes += m.size();
  }
  require(bytes <= input.size(), "no byte is invented");
  require(!(whole.closed && whole.broken), "one end");
  for (size_t chunk : {1, 5}) {
    auto pieces = read_frames(input, chunk);
    require(pieces.messages == whole.messages,
            "messages are the same however the bytes come");
    require(pieces.closed == whole.closed && pieces.broken == whole.broken,
            "so is the end");
    // A flood of pings in one read is answered in part.
    require(pieces.pings >= whole.pings, "pings are not invented");
  }
}

} // namespace observer::fuzz
