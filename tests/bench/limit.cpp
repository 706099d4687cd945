// The limit that the recorder is measured against: one thread, a plain loop of
// Beast read, the recorder's own parse and line, one write and fdatasync a
// commit interval, no actors. It keeps nothing, checks no volume, survives
// nothing: what a recorder cannot be cheaper than, but for threads.

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

#include <CLI/CLI.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "frames.hpp"
#include "messages/jsonl.hpp"
#include "messages/kis/frame.hpp"
#include "messages/kis/record.hpp"
#include "socket_layer.hpp"

namespace {

using namespace observer;
namespace beast = boost::beast;
using clock_type = std::chrono::steady_clock;

struct options {
  uint16_t port = 0;
  std::string file;
  int commit_interval_ms = 25;
  size_t commit_bytes = 1'048'576;
  bool ahead = false;
};

/// Lines wait for the commit interval or the commit's bytes.
class journal {
public:
  explicit journal(const options& o)
      : interval_(o.commit_interval_ms),
        bytes_(o.commit_bytes),
        fd_(::open(o.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                   0644)) {
    if (fd_ < 0)
      fail("open");
  }

  std::string& lines() {
    return lines_;
  }
  /// Lines were appended: their interval begins, unless it has.
  void appended() {
    if (!waiting_) {
      waiting_ = true;
      due_ = clock_type::now() + interval_;
    }
    if (lines_.size() >= bytes_)
      commit();
  }
  void commit_if_due() {
    if (waiting_ && clock_type::now() >= due_)
      commit();
  }
  /// Milliseconds to poll for; -1: nothing is due.
  int patience() const {
    if (!waiting_)
      return -1;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      due_ - clock_type::now());
    return std::max(0, static_cast<int>(left.count()));
  }
  void commit() {
    for (std::string_view rest = lines_; !rest.empty();) {
      auto n = ::write(fd_, rest.data(), rest.size());
      if (n < 0)
        fail("write");
      rest.remove_prefix(static_cast<size_t>(n));
    }
    if (::fdatasync(fd_) != 0)
      fail("fdatasync");
    lines_.clear();
    waiting_ = false;
  }

private:
  [[noreturn]] static void fail(const char* what) {
    fmt::print(stderr, "limit: {}: {}\n", what, std::strerror(errno));
    std::exit(1);
  }

  std::chrono::milliseconds interval_;
  size_t bytes_;
  int fd_;
  std::string lines_;
  bool waiting_ = false;
  clock_type::time_point due_;
};

int64_t wall_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// What a line needs of the past of its slot.
class slots {
public:
  slots() {
    auto codes = bench::symbols();
    for (size_t i = 0; i < codes.size(); ++i)
      of_.emplace(codes[i], place{static_cast<int>(i), 0});
  }

  uint64_t take(std::string_view text, int64_t received_us, std::string& out) {
    auto split = kis::split_frame(text);
    if (split.reason != reject_reason::none)
      return 0;
    uint64_t taken = 0;
    kis::record_cursor cursor{split.value};
    std::string_view record;
    kis::trade trade;
    while (cursor.next(record)) {
      auto bad = kis::parse_trade(record, split.value.width, trade);
      auto at = of_.find(trade.symbol);
      if (bad.reason != reject_reason::none || at == of_.end())
        continue;
      line_place where{received_us, "limit-s1", at->second.slot,
                       ++at->second.seq};
      append_trade_line(out, trade, split.value.id, &where);
      ++taken;
    }
    return taken;
  }

private:
  struct place {
    int slot;
    uint64_t seq;
  };
  struct hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_map<std::string, place, hash, std::equal_to<>> of_;
};

uint64_t record(const options& o) {
  boost::asio::io_context io;
  beast::websocket::stream<bench::socket_layer> ws{io, o.ahead};
  auto& layer = ws.next_layer();
  layer.socket().connect({boost::asio::ip::address_v4::loopback(), o.port});
  layer.socket().set_option(boost::asio::ip::tcp::no_delay{true});
  journal out{o};
  slots known;
  int64_t received_us = 0;
  uint64_t count = 0;
  layer.on_dry([&](int fd) {
    out.commit_if_due();
    pollfd wait{fd, POLLIN, 0};
    ::poll(&wait, 1, out.patience());
  });
  layer.on_read([&] {
    received_us = wall_us();
    out.commit_if_due();
  });
  ws.handshake(fmt::format("127.0.0.1:{}", o.port), "/");
  beast::flat_buffer message;
  for (;;) {
    beast::error_code ec;
    ws.read(message, ec);
    if (ec)
      break;
    auto text = message.cdata();
    count += known.take({static_cast<const char*>(text.data()), text.size()},
                        received_us, out.lines());
    message.clear();
    out.appended();
  }
  out.commit();
  return count;
}

} // namespace

int main(int argc, char** argv) {
  options o;
  CLI::App app{"Records what the load of the bench sends, in one thread."};
  app.add_option("--port", o.port, "of the load")->required();
  app.add_option("--file", o.file, "to append to")->required();
  app.add_option("--commit-interval-ms", o.commit_interval_ms,
                 "between two fdatasync");
  app.add_option("--commit-bytes", o.commit_bytes,
                 "so many are synced at once");
  app.add_flag("--ahead", o.ahead, "read 256 KiB at a time");
  CLI11_PARSE(app, argc, argv);
  fmt::print("{}\n", record(o));
}
