#define CAF_SUITE runtime_process_output_queue
#include "test.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/process/output_queue.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

/// For what happens at once, and for what never does.
constexpr auto long_enough = 60s;
constexpr auto a_moment = 20ms;

/// A pipe of one page, which nobody reads unless told to.
struct narrow_pipe {
  narrow_pipe() {
    int ends[2];
    CAF_REQUIRE_EQUAL(::pipe2(ends, O_CLOEXEC), 0);
    reading = ends[0];
    writing = ends[1];
    ::fcntl(writing, F_SETPIPE_SZ, 4096);
  }
  ~narrow_pipe() {
    close_reading();
    ::close(writing);
  }
  void close_reading() {
    if (reading >= 0)
      ::close(std::exchange(reading, -1));
  }
  /// Until `last` has come.
  std::string read_up_to(const std::string& last) {
    std::string out;
    char buffer[1024];
    while (out.find(last) == out.npos) {
      auto n = ::read(reading, buffer, sizeof buffer);
      CAF_REQUIRE(n > 0);
      out.append(buffer, static_cast<size_t>(n));
    }
    return out;
  }

  int reading = -1, writing = -1;
};

std::string numbered(int i) {
  return "line " + std::to_string(i) + std::string(200, '.') + "\n";
}

size_t count(const std::string& text, const std::string& words) {
  size_t n = 0;
  for (auto at = text.find(words); at != text.npos;
       at = text.find(words, at + 1))
    ++n;
  return n;
}

} // namespace

CAF_TEST(lines come out in order) {
  narrow_pipe pipe;
  output_queue queue{pipe.writing};
  for (int i = 0; i < 10; ++i)
    CAF_CHECK(queue.put("line " + std::to_string(i) + "\n"));
  CAF_CHECK_EQUAL(pipe.read_up_to("line 9\n"),
                  "line 0\nline 1\nline 2\nline 3\nline 4\nline 5\nline 6\n"
                  "line 7\nline 8\nline 9\n");
  CAF_CHECK(queue.flush(long_enough));
  CAF_CHECK_EQUAL(queue.bytes_waiting(), 0u);
}

CAF_TEST(where nobody reads nothing waits and what is dropped is said) {
  narrow_pipe pipe;
  constexpr size_t bytes_max = 20'000;
  output_queue queue{pipe.writing, bytes_max};
  constexpr int lines = 1'000;
  int taken = 0;
  for (int i = 0; i < lines; ++i) {
    taken += queue.put(numbered(i));
    CAF_REQUIRE(queue.bytes_waiting() <= bytes_max);
  }
  CAF_CHECK(taken < lines);
  CAF_CHECK_EQUAL(queue.lines_dropped(), static_cast<uint64_t>(lines - taken));
  CAF_CHECK(!queue.flush(a_moment));
  CAF_CHECK(!queue.put_if_idle("worth nothing later\r"));
  // It is read again; the notice stands where the lines are missing.
  auto text = pipe.read_up_to(numbered(0));
  while (queue.bytes_waiting() > bytes_max / 2) {
    char c;
    CAF_REQUIRE_EQUAL(::read(pipe.reading, &c, 1), 1);
    text += c;
  }
  CAF_CHECK(queue.put("afterwards\n"));
  text += pipe.read_up_to("afterwards\n");
  // More than one if the pipe took some meanwhile; together they say it all.
  int told = 0;
  constexpr std::string_view notice = "observer: ";
  for (auto at = text.find(notice); at != text.npos;
       at = text.find(notice, at + 1))
    told += std::stoi(text.substr(at + notice.size()));
  CAF_CHECK_EQUAL(told, lines - taken);
  CAF_CHECK(text.rfind(notice) < text.find("afterwards"));
  CAF_CHECK_EQUAL(count(text, "line "), static_cast<size_t>(taken));
  CAF_CHECK(queue.flush(long_enough));
}

CAF_TEST(a reader that is gone ends nothing) {
  narrow_pipe pipe;
  pipe.close_reading();
  output_queue queue{pipe.writing};
  CAF_CHECK(queue.put("a\nb\n"));
  CAF_CHECK(queue.flush(long_enough));
  CAF_CHECK_EQUAL(queue.lines_dropped(), 2u);
}

CAF_TEST(a full disk or a closed descriptor costs lines and nothing else) {
  auto full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  auto unwritable = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  for (auto [fd, why] : {std::pair{full, ENOSPC}, {unwritable, EBADF}}) {
    output_queue queue{fd};
    CAF_CHECK_EQUAL(queue.refused_with(), 0);
    CAF_CHECK(queue.put("a\n"));
    CAF_CHECK(queue.put("b\n"));
    CAF_CHECK(queue.flush(long_enough));
    CAF_CHECK_EQUAL(queue.lines_dropped(), 2u);
    CAF_CHECK_EQUAL(queue.refused_with(), why);
  }
  ::close(full);
  ::close(unwritable);
}

CAF_TEST(a descriptor that others made non-blocking is waited for) {
  narrow_pipe pipe;
  ::fcntl(pipe.writing, F_SETFL, O_NONBLOCK);
  output_queue queue{pipe.writing};
  constexpr int lines = 100;
  for (int i = 0; i < lines; ++i)
    CAF_CHECK(queue.put(numbered(i)));
  auto text = pipe.read_up_to(numbered(lines - 1));
  CAF_CHECK_EQUAL(count(text, "line "), static_cast<size_t>(lines));
  CAF_CHECK(queue.flush(long_enough));
  CAF_CHECK_EQUAL(queue.lines_dropped(), 0u);
}

CAF_TEST(a form of its own says what was dropped) {
  narrow_pipe pipe;
  output_queue queue{pipe.writing, 100};
  queue.tell_losses_by([](const output_queue::loss& lost) {
    return "LOST " + std::to_string(lost.lines) + " "
           + std::to_string(lost.bytes) + "\n";
  });
  CAF_CHECK(!queue.put(std::string(200, 'x') + "\ny\n"));
  CAF_CHECK(queue.flush(long_enough));
  CAF_CHECK_EQUAL(pipe.read_up_to("\n"), "LOST 2 203\n");
}

} // namespace CAF_SUITE
