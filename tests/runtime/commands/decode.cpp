#define CAF_SUITE runtime_commands_decode
#include "test.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <streambuf>
#include <thread>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "messages/flat_json.hpp"
#include "messages/jsonl.hpp"
#include "messages/kis/frame.hpp"
#include "messages/kis/generate.hpp"
#include "messages/kis/samples.hpp"
#include "runtime/commands/decode.hpp"
#include "support/zstd_text.hpp"

namespace CAF_SUITE {

using namespace observer;
using samples::maker;

namespace {

struct outcome {
  int status;
  std::string out, err;
};

outcome decode(const std::string& text, decode_options options = {}) {
  std::istringstream in{text};
  std::ostringstream out, err;
  auto status = run_decode(options, in, out, err);
  return {status, out.str(), err.str()};
}

std::vector<std::string_view> lines_of(std::string_view text) {
  auto lines = samples::split(text, '\n');
  CAF_REQUIRE(lines.back().empty());
  lines.pop_back();
  return lines;
}

/// The lines that a frame must give.
std::string lines_for(std::string_view frame_text) {
  std::string out;
  auto split = kis::split_frame(frame_text);
  kis::record_cursor cursor{split.value};
  for (std::string_view record; cursor.next(record);) {
    kis::trade t;
    kis::quote q;
    if (is_trade(split.value.id)) {
      CAF_REQUIRE(kis::parse_trade(record, split.value.width, t).reason
                  == reject_reason::none);
      if (!kis::is_known_width(split.value.id, split.value.width))
        t.doubts.add(kis::doubt::width);
      doubt_mark doubt{t.doubts, {}};
      append_trade_line(out, t, split.value.id, nullptr, nullptr, &doubt);
    } else {
      CAF_REQUIRE(
        kis::parse_quote(split.value.id, record, split.value.width, q).reason
        == reject_reason::none);
      if (!kis::is_known_width(split.value.id, split.value.width))
        q.doubts.add(kis::doubt::width);
      doubt_mark doubt{q.doubts, {}};
      append_quote_line(out, q, split.value.id, nullptr, &doubt);
    }
  }
  return out;
}

/// A trade frame with one value replaced.
std::string edited(std::string_view frame_text, size_t value,
                   std::string_view by) {
  auto header = frame_text.rfind('|') + 1;
  auto values = samples::split(frame_text.substr(header), '^');
  values[value] = by;
  std::string out{frame_text.substr(0, header)};
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0)
      out += '^';
    out += values[i];
  }
  return out;
}

/// A stream that gives `line` again and again.
class repeating_buffer : public std::streambuf {
public:
  repeating_buffer(std::string line, size_t times)
    : line_{std::move(line)}, left_{times} {
  }

protected:
  int_type underflow() override {
    if (left_ == 0)
      return traits_type::eof();
    --left_;
    setg(line_.data(), line_.data(), line_.data() + line_.size());
    return traits_type::to_int_type(line_[0]);
  }

private:
  std::string line_;
  size_t left_;
};

/// A stream to nowhere, that fails with `error` after some bytes.
class failing_buffer : public std::streambuf {
public:
  failing_buffer(size_t bytes, int error) : left_{bytes}, error_{error} {
  }

protected:
  std::streamsize xsputn(const char*, std::streamsize n) override {
    if (static_cast<size_t>(n) <= left_) {
      left_ -= static_cast<size_t>(n);
      return n;
    }
    errno = error_;
    return 0;
  }
  int_type overflow(int_type) override {
    errno = error_;
    return traits_type::eof();
  }

private:
  size_t left_;
  int error_;
};

/// A stream to a descriptor.
class descriptor_buffer : public std::streambuf {
public:
  explicit descriptor_buffer(int fd) : fd_{fd} {
  }

protected:
  std::streamsize xsputn(const char* from, std::streamsize n) override {
    auto done = ::write(fd_, from, static_cast<size_t>(n));
    return done < 0 ? 0 : done;
  }

private:
  int fd_;
};

/// A stream that tells of the first write.
class telling_buffer : public std::streambuf {
public:
  std::promise<std::string> first;

protected:
  std::streamsize xsputn(const char* from, std::streamsize n) override {
    if (!told_.exchange(true))
      first.set_value({from, static_cast<size_t>(n)});
    return n;
  }

private:
  std::atomic<bool> told_{false};
};

/// A directory of its own, gone at the end.
class scratch {
public:
  scratch() {
    auto name = std::filesystem::temp_directory_path() / "decode-XXXXXX";
    path_ = name.string();
    if (mkdtemp(path_.data()) == nullptr)
      CAF_FAIL("no scratch directory");
  }
  ~scratch() {
    std::filesystem::remove_all(path_);
  }
  std::string file(std::string_view name, std::string_view text) const {
    auto path = path_ + "/" + std::string{name};
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }
  const std::string& path() const {
    return path_;
  }

private:
  std::string path_;
};

} // namespace

CAF_TEST(real frames become one line a trade) {
  std::string text, expected;
  for (auto frame : samples::trades_46) {
    text += std::string{frame} + '\n';
    expected += lines_for(frame);
  }
  auto r = decode(text);
  CAF_CHECK_EQUAL(r.status, 0);
  CAF_CHECK_EQUAL(r.err, "");
  CAF_CHECK_EQUAL(r.out, expected);
  CAF_CHECK_EQUAL(lines_of(r.out).size(), 18u);
}

CAF_TEST(a line holds what the wire says and nothing of a recorder) {
  auto r = decode(std::string{samples::trade_47});
  CAF_CHECK_EQUAL(r.status, 0);
  CAF_CHECK_EQUAL(
    r.out,
    R"({"symbol":"005930","execution_time":"150746",)"
    R"("price":{"current":249250,"open":249500,"high":254500,"low":248500,)"
    R"("change_rate":-3.95},"volume":{"tick":1,"accumulated":14871538,)"
    R"("trade_value":3728926343750},"side":"sell","bid_ask":{)"
    R"("ask_price":249500,"bid_price":249000,"ask_size":85729,)"
    R"("bid_size":141952},"market":"regular","source":"websocket",)"
    R"("tr_id":"H0STCNT0"})"
    "\n");
}

CAF_TEST(trades and quotes keep the order of the capture) {
  auto r = decode(std::string{samples::trade_47} + '\n'
                  + std::string{samples::quote_63} + '\n'
                  + std::string{samples::trades_46[1]} + '\n');
  CAF_CHECK_EQUAL(r.status, 0);
  CAF_CHECK_EQUAL(r.out, lines_for(samples::trade_47)
                           + lines_for(samples::quote_63)
                           + lines_for(samples::trades_46[1]));
}

CAF_TEST(a rejected record is named and its neighbours are kept) {
  // 46 + 46 + 2 is the price of the third record.
  auto damaged = edited(samples::trades_46[0], 94, "abc");
  auto r = decode("\n\n" + damaged + "\n");
  CAF_CHECK_EQUAL(r.status, 1);
  CAF_CHECK_EQUAL(r.err, "line 3, record 3 of 5: bad_number: column 2 (price): "
                         "\"abc\" is not a number as documented\n");
  CAF_CHECK_EQUAL(lines_of(r.out).size(), 4u);
}

CAF_TEST(a frame that is rejected whole is counted by its records (F08)) {
  std::string cut{samples::trades_46[3]};
  for (size_t values = 184; values > 70; --values)
    cut.erase(cut.rfind('^'));
  auto r = decode(std::string{samples::trade_47} + "\n\n" + cut + "\n");
  CAF_CHECK_EQUAL(r.status, 1);
  CAF_CHECK_EQUAL(r.err, "line 3: width_not_whole: 4 records: 70 values are no "
                         "multiple of 4\n");
  CAF_CHECK_EQUAL(r.out, lines_for(samples::trade_47));
}

CAF_TEST(control messages that are understood make no noise (F22)) {
  auto r = decode(std::string{samples::pingpong} + '\n'
                  + std::string{samples::reply_subscribed} + '\n'
                  + std::string{samples::reply_in_use} + '\n');
  CAF_CHECK_EQUAL(r.status, 0);
  CAF_CHECK_EQUAL(r.out + r.err, "");
}

CAF_TEST(control messages are shown on request without the session key) {
  auto r = decode(std::string{samples::pingpong} + '\n'
                    + std::string{samples::reply_subscribed} + '\n'
                    + std::string{samples::reply_in_use} + '\n',
                  {.control = true});
  CAF_CHECK_EQUAL(r.status, 0);
  CAF_CHECK_EQUAL(r.out, "");
  CAF_CHECK_EQUAL(
    r.err,
    "line 1: PINGPONG\n"
    "line 2: subscribed: tr_id \"H0STCNT0\", tr_key \"005930\", rt_cd \"0\", "
    "msg_cd \"OPSP0000\", msg1 \"SUBSCRIBE SUCCESS\"\n"
    "line 3: appkey_in_use: tr_id \"(null)\", tr_key \"\", rt_cd \"9\", msg_cd "
    "\"OPSP8996\", msg1 \"ALREADY IN USE appkey\"\n");
}

CAF_TEST(what is neither frame nor control message is rejected) {
  auto r = decode("{}\n{\"a\"\nPINGPONG\nH0STMKO0^1\n0|H0STMKO0|001|a^b\n"
                  "1|H0STCNI0|002|c2VjcmV0\n");
  CAF_CHECK_EQUAL(r.status, 1);
  CAF_CHECK_EQUAL(r.out, "");
  CAF_CHECK_EQUAL(
    r.err,
    "line 1: garbage: 1 record: JSON without body.msg_cd\n"
    "line 2: garbage: 1 record: not JSON\n"
    "line 3: not_a_frame: 1 record: \"PINGPONG\" is not enc|TR|count|values\n"
    "line 4: not_a_frame: 1 record: \"H0STMKO0^1\" is not "
    "enc|TR|count|values\n"
    "line 5: unknown_tr: 1 record: \"H0STMKO0\" is not recorded\n"
    "line 6: encrypted: 2 records: an encrypted notice is not recorded\n");
}

CAF_TEST(line ends and empty lines and a byte order mark are no content) {
  auto frame = std::string{samples::trade_47};
  auto expected = lines_for(samples::trade_47);
  for (auto& text : {frame, frame + "\n", frame + "\r\n", frame + " \t\r\n",
                     "\r\n\n" + frame + "\n\n \r\n", "\xEF\xBB\xBF" + frame}) {
    auto r = decode(text);
    CAF_CHECK_EQUAL(r.status, 0);
    CAF_CHECK_EQUAL(r.out, expected);
    CAF_CHECK_EQUAL(r.err, "");
  }
  CAF_CHECK_EQUAL(decode("").status, 0);
  CAF_CHECK_EQUAL(decode("\n").status, 0);
}

CAF_TEST(control characters of a capture do not reach the terminal) {
  auto r = decode("\x1B[2J\x07 hello\n");
  CAF_CHECK_EQUAL(r.status, 1);
  CAF_CHECK(r.err.find('\x1B') == std::string::npos);
  CAF_CHECK(r.err.find("\\u001b[2J\\u0007 hello") != std::string::npos);
}

CAF_TEST(payloads without a header are read as the TR that is named) {
  auto payload = std::string{samples::trade_payload_46};
  auto r = decode(payload + "\n" + payload + "\n", {.tr = "H0STCNT0"});
  CAF_CHECK_EQUAL(r.status, 0);
  CAF_CHECK_EQUAL(r.out, lines_for("0|H0STCNT0|001|" + payload)
                           + lines_for("0|H0STCNT0|001|" + payload));
  auto quote = std::string{samples::quote_payload_59};
  CAF_CHECK_EQUAL(decode(quote, {.tr = "H0UNASP0"}).out,
                  lines_for("0|H0UNASP0|001|" + quote));
  auto pair = decode(payload + "^" + payload, {.tr = "H0STCNT0", .count = 2});
  CAF_CHECK_EQUAL(pair.status, 0);
  CAF_CHECK_EQUAL(lines_of(pair.out).size(), 2u);
}

CAF_TEST(payloads of another count or TR are rejected) {
  auto payload = std::string{samples::trade_payload_46};
  CAF_CHECK_EQUAL(decode(payload, {.tr = "H0STCNT0", .count = 3}).err,
                  "line 1: width_not_whole: 3 records: 46 values are no "
                  "multiple of 3\n");
  CAF_CHECK_EQUAL(decode(payload, {.tr = "H0STASP0"}).err,
                  "line 1: width_too_small: 1 record: 46 values a record; "
                  "H0STASP0 has at least 59\n");
}

CAF_TEST(a TR that is not recorded is no option) {
  auto r = decode("x", {.tr = "H0STMKO0"});
  CAF_CHECK_EQUAL(r.status, 2);
  CAF_CHECK_EQUAL(r.err,
                  "observer decode: no TR that is recorded: H0STMKO0; one of "
                  "H0STCNT0, H0STASP0, H0UNCNT0, H0UNASP0, H0NXCNT0, "
                  "H0NXASP0\n");
}

CAF_TEST(a file is read instead of the standard input) {
  scratch dir;
  auto path = dir.file("frames", std::string{samples::trade_47} + "\n");
  auto r = decode("not read", {.file = path});
  CAF_CHECK_EQUAL(r.status, 0);
  CAF_CHECK_EQUAL(r.out, lines_for(samples::trade_47));
  CAF_CHECK_EQUAL(decode("not read", {.file = "-"}).status, 1);
}

CAF_TEST(input that cannot be had is one clear line) {
  scratch dir;
  auto absent = decode("", {.file = dir.path() + "/absent"});
  CAF_CHECK_EQUAL(absent.status, 2);
  CAF_CHECK_EQUAL(absent.err, "observer decode: cannot open " + dir.path()
                                + "/absent: No such file or directory\n");
  auto directory = decode("", {.file = dir.path()});
  CAF_CHECK_EQUAL(directory.status, 2);
  CAF_CHECK_EQUAL(directory.err,
                  "observer decode: cannot read " + dir.path()
                    + ": it is a directory; name a file of frames, one a "
                      "line\n");
  // A file that opens and cannot be read.
  auto memory = decode("", {.file = "/proc/self/mem"});
  CAF_CHECK_EQUAL(memory.status, 2);
  CAF_CHECK(memory.err.starts_with(
    "observer decode: cannot read /proc/self/mem: "));
  CAF_CHECK_EQUAL(lines_of(memory.err).size(), 1u);
}

CAF_TEST(a capture that is compressed is decoded as it was) {
  auto frames = std::string{samples::trade_47} + "\n"
                + std::string{samples::trade_47} + "\n";
  auto plain = decode(frames);
  CAF_REQUIRE(!plain.out.empty());
  auto packed = test::zstd_text(frames.substr(0, 100))
                + test::zstd_text(frames.substr(100)) + test::zstd_skipped("x");
  auto unpacked = decode(packed);
  CAF_CHECK_EQUAL(unpacked.status, plain.status);
  CAF_CHECK_EQUAL(unpacked.out, plain.out);
  CAF_CHECK_EQUAL(unpacked.err, plain.err);
}

CAF_TEST(a compressed capture without its end is said to have none) {
  auto packed = test::zstd_text(std::string{samples::trade_47} + "\n");
  packed.resize(packed.size() - 5);
  auto cut = decode(packed);
  CAF_CHECK_EQUAL(cut.status, 2);
  CAF_CHECK(cut.err.find("as zstd it ends within a frame, at byte "
                         + std::to_string(packed.size()))
            != std::string::npos);
}

CAF_TEST(a stream that breaks is not taken for one that ends) {
  class breaking : public std::streambuf {
    int_type underflow() override {
      throw std::runtime_error{"broken"};
    }
  } buffer;
  std::istream broken{&buffer};
  std::ostringstream out, err;
  CAF_CHECK_EQUAL(run_decode({}, broken, out, err), 2);
  CAF_CHECK_EQUAL(err.str(), "observer decode: cannot read standard input\n");
}

CAF_TEST(a line beyond the bound is rejected and the next one read) {
  auto frame = std::string{samples::trade_47};
  for (auto bytes : {decode_line_bytes_max + 1, 5 * decode_line_bytes_max}) {
    auto r = decode(frame + "\n" + std::string(bytes, 'a') + "\n" + frame
                    + "\n!\n");
    CAF_CHECK_EQUAL(r.status, 1);
    CAF_CHECK_EQUAL(r.out, lines_for(frame) + lines_for(frame));
    CAF_CHECK_EQUAL(r.err,
                    "line 2: garbage: 1 record: longer than 16777216 bytes\n"
                    "line 4: not_a_frame: 1 record: \"!\" is not "
                    "enc|TR|count|values\n");
  }
  // At the bound it is a line like any other, with an end or without.
  std::string longest(decode_line_bytes_max, 'a');
  for (auto& end : {std::string{}, "\n" + frame}) {
    auto r = decode(longest + end);
    CAF_CHECK(r.err.starts_with("line 1: not_a_frame: 1 record: \"aaaa"));
    CAF_CHECK_EQUAL(lines_of(r.err).size(), 1u);
  }
}

CAF_TEST(a line without an end is not kept in memory) {
  // 400 MB of one line: read through, told once.
  repeating_buffer buffer{std::string(1 << 20, 'a'), 400};
  std::istream in{&buffer};
  std::ostringstream out, err;
  CAF_CHECK_EQUAL(run_decode({}, in, out, err), 1);
  CAF_CHECK_EQUAL(err.str(),
                  "line 1: garbage: 1 record: longer than 16777216 bytes\n");
}

CAF_TEST(frames are the same in whatever pieces they come) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  maker make{seed};
  std::string text, expected;
  while (text.size() < 3'000'000) {
    auto id = kis::all_trs[make.below(std::size(kis::all_trs))];
    auto frame
      = make.frame(id, 1 + make.below(60), width_min(id) + make.below(8)).text;
    text += frame;
    text += make.below(2) == 0 ? "\n" : "\r\n";
    expected += lines_for(frame);
  }
  int ends[2];
  CAF_REQUIRE_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  std::thread writer{[&] {
    for (size_t at = 0; at < text.size();) {
      auto n = std::min<size_t>(1 + make.below(20'000), text.size() - at);
      auto done = ::write(ends[1], text.data() + at, n);
      if (done <= 0)
        break;
      at += static_cast<size_t>(done);
    }
    ::close(ends[1]);
  }};
  auto r = decode("", {.file = "/dev/fd/" + std::to_string(ends[0])});
  ::close(ends[0]);
  writer.join();
  CAF_CHECK_EQUAL(r.status, 0);
  CAF_CHECK_EQUAL(r.err, "");
  CAF_CHECK(r.out == expected);
}

CAF_TEST(a frame of a live pipe is decoded before the pipe ends) {
  int ends[2];
  CAF_REQUIRE_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  telling_buffer buffer;
  auto first = buffer.first.get_future();
  std::thread reader{[&] {
    std::istringstream in;
    std::ostream out{&buffer};
    std::ostringstream err;
    run_decode({.file = "/dev/fd/" + std::to_string(ends[0])}, in, out, err);
  }};
  auto text = std::string{samples::trade_47} + "\n0|H0STCNT0|001|0059";
  CAF_CHECK_EQUAL(::write(ends[1], text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
  CAF_CHECK_EQUAL(first.get(), lines_for(samples::trade_47));
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
}

CAF_TEST(a reader that has gone away ends the work without a word) {
  int ends[2];
  CAF_REQUIRE_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  auto before = std::signal(SIGPIPE, SIG_DFL);
  descriptor_buffer buffer{ends[1]};
  std::ostream out{&buffer};
  repeating_buffer frames{std::string{samples::trade_47} + "\n", SIZE_MAX};
  std::istream in{&frames};
  std::ostringstream err;
  CAF_CHECK_EQUAL(run_decode({}, in, out, err), 2);
  CAF_CHECK_EQUAL(err.str(), "");
  // The signal does again what it did.
  CAF_CHECK(std::signal(SIGPIPE, before) == SIG_DFL);
  ::close(ends[1]);
}

CAF_TEST(output that cannot be written ends the work and says why) {
  failing_buffer buffer{1'000'000, ENOSPC};
  std::ostream out{&buffer};
  repeating_buffer frames{std::string{samples::trade_47} + "\n", SIZE_MAX};
  std::istream in{&frames};
  std::ostringstream err;
  CAF_CHECK_EQUAL(run_decode({}, in, out, err), 2);
  CAF_CHECK(err.str().starts_with("observer decode: cannot write the output: "
                                  "No space left on device; line "));
}

CAF_TEST(the summary counts everything that was in the capture) {
  auto frame = std::string{samples::trade_47};
  std::string cut{samples::trades_46[3]};
  cut.erase(cut.rfind('^'));
  auto r = decode(std::string{samples::trades_46[0]} + "\n\n" + frame + "\n"
                    + edited(frame, 2, "") + "\n" + edited(frame, 1, "x") + "\n"
                    + cut + "\n" + std::string{samples::quote_63} + "\n"
                    + std::string{samples::pingpong} + "\n{}\nhello\n",
                  {.summary = true});
  CAF_CHECK_EQUAL(r.status, 1);
  auto lines = lines_of(r.err);
  CAF_REQUIRE_EQUAL(lines.size(), 10u);
  CAF_CHECK_EQUAL(lines[0],
                  "line 3: H0STCNT0: 47 values a record, 46 before");
  CAF_CHECK_EQUAL(lines[6], "lines: 10; frames 6, control messages 1, empty 1, "
                            "neither 2");
  CAF_CHECK_EQUAL(lines[7],
                  "H0STCNT0: records written 6, rejected 6 (width_not_whole 4, "
                  "bad_time 1, missing_number 1); values a record 46 (5), 47 "
                  "(3)");
  CAF_CHECK_EQUAL(lines[8], "H0STASP0: records written 1, rejected 0; values a "
                            "record 63 (1)");
  CAF_CHECK_EQUAL(lines[9], "no TR: records written 0, rejected 2 (not_a_frame "
                            "1, garbage 1)");
}

CAF_TEST(a change of width is noted in the summary only) {
  auto text = std::string{samples::trades_46[0]} + "\n"
              + std::string{samples::trade_47} + "\n"
              + std::string{samples::trades_46[1]} + "\n";
  CAF_CHECK_EQUAL(decode(text).err, "");
  auto r = decode(text, {.summary = true});
  CAF_CHECK_EQUAL(r.status, 0);
  auto lines = lines_of(r.err);
  CAF_CHECK_EQUAL(lines[0], "line 2: H0STCNT0: 47 values a record, 46 before");
  CAF_CHECK_EQUAL(lines[1], "line 3: H0STCNT0: 46 values a record, 47 before");
}

CAF_TEST(progress is shown where it is asked for and wiped in the end) {
  auto blank = std::string(decode_line_bytes_max - 1, ' ') + "\n";
  for (auto wanted : {true, false}) {
    repeating_buffer buffer{blank, 9};
    std::istream in{&buffer};
    std::ostringstream out, err;
    CAF_CHECK_EQUAL(run_decode({.summary = true, .progress = wanted}, in, out,
                               err),
                    0);
    auto text = err.str();
    auto shown = text.find("\r\x1b[K67 MB, line 4, 0 records rejected");
    CAF_CHECK_EQUAL(shown != std::string::npos, wanted);
    CAF_CHECK(text.ends_with(std::string{wanted ? "\r\x1b[K" : ""}
                             + "lines: 9; frames 0, control messages 0, empty "
                               "9, neither 0\n"));
  }
}

CAF_TEST(every record of a damaged capture is written or counted) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  maker make{seed};
  std::string text;
  uint64_t expected = 0;
  for (int i = 0; i < 3'000; ++i) {
    auto id = kis::all_trs[make.below(std::size(kis::all_trs))];
    auto frame
      = make.frame(id, 1 + make.below(4), width_min(id) + make.below(6)).text;
    for (auto n = make.below(4); n > 0; --n) {
      constexpr std::string_view bytes = "^|0-.z\"\\\0\xFF";
      frame[make.below(frame.size())] = bytes[make.below(bytes.size())];
    }
    expected += kis::split_frame(frame).records;
    text += frame + '\n';
  }
  auto r = decode(text);
  CAF_CHECK_EQUAL(r.status, 1);
  uint64_t written = 0, rejected = 0;
  for (auto line : lines_of(r.out)) {
    CAF_REQUIRE(!samples::flat_json(std::string{line} + '\n').empty());
    ++written;
  }
  for (auto line : lines_of(r.err)) {
    auto whole = line.substr(0, line.find(':')).find(", record ")
                 == std::string_view::npos;
    // "line 3: width_not_whole: 4 records: …"
    rejected += whole ? std::stoull(std::string{line.substr(
                          line.find(": ", line.find(": ") + 2) + 2)})
                      : 1;
  }
  CAF_CHECK_GREATER(rejected, 0u);
  CAF_CHECK_EQUAL(written + rejected, expected);
}

CAF_TEST(the command line sets the options) {
  CLI::App app;
  decode_options options;
  add_decode_options(app, options);
  app.parse("--tr H0STASP0 --count 3 --control --summary frames.txt");
  CAF_CHECK_EQUAL(options.file, "frames.txt");
  CAF_CHECK_EQUAL(options.tr, "H0STASP0");
  CAF_CHECK_EQUAL(options.count, 3u);
  CAF_CHECK(options.control);
  CAF_CHECK(options.summary);
  CAF_CHECK(!options.progress.has_value());
}

CAF_TEST(a dash is the standard input and nothing too) {
  for (auto line : {"-", ""}) {
    CLI::App app;
    decode_options options;
    add_decode_options(app, options);
    app.parse(line);
    CAF_CHECK(options.file == line);
    CAF_CHECK_EQUAL(decode("", options).status, 0);
  }
}

CAF_TEST(options that make no sense are refused) {
  for (auto line : {"--tr H0STMKO0", "--count 2", "--tr H0STCNT0 --count 0",
                    "--tr H0STCNT0 --count 10000", "a b", "--wrong"}) {
    CLI::App app;
    decode_options options;
    add_decode_options(app, options);
    bool refused = false;
    try {
      app.parse(line);
    } catch (const CLI::ParseError&) {
      refused = true;
    }
    CAF_CHECK(refused);
  }
}

CAF_TEST(lines of a journal are decoded from the raw record they keep) {
  auto frame = std::string{samples::trade_47};
  auto record = frame.substr(frame.rfind('|') + 1) + "^new";
  kis::trade t;
  CAF_REQUIRE(kis::parse_trade(record, 48, t).reason == reject_reason::none);
  line_place place{1'789'347'600'000'000, "20260914T085959-7f3a2c-s1", 3, 7};
  doubt_mark doubt{kis::doubt::width, record};
  std::string kept, expected;
  append_trade_line(kept, t, kis::tr::h0stcnt0, &place, nullptr, &doubt);
  doubt.raw = {};
  append_trade_line(expected, t, kis::tr::h0stcnt0, &place, nullptr, &doubt);
  auto got = decode(kept);
  CAF_CHECK_EQUAL(got.status, 0);
  CAF_CHECK_EQUAL(got.out, expected);
  CAF_CHECK_EQUAL(got.err, "");
}

CAF_TEST(of a quarantine both records and frames are decoded) {
  auto frame = std::string{samples::trade_47};
  auto record = frame.substr(frame.rfind('|') + 1);
  line_place place{1'789'347'600'000'000, "s-1", 3, 7};
  std::string lines;
  append_reject_line(lines, {reject_reason::bad_number, "was new then",
                             "H0STCNT0", record, 1, "005930"},
                     place);
  append_reject_line(lines, {reject_reason::unknown_tr, "so was this",
                             "H0STCNT0", frame, 1},
                     place);
  auto got = decode(lines);
  CAF_CHECK_EQUAL(got.status, 0);
  auto out = lines_of(got.out);
  CAF_REQUIRE_EQUAL(out.size(), 2u);
  CAF_CHECK_EQUAL(out[0], out[1]);
  CAF_CHECK(got.out.find(R"("session_id":"s-1","slot":3,"seq":7})")
            != std::string::npos);
}

CAF_TEST(of a record that is not UTF-8 the bytes themselves are decoded) {
  auto frame = std::string{samples::trade_47};
  auto record = frame.substr(frame.rfind('|') + 1);
  // The price: a letter in EUC-KR.
  auto at = record.find('^', record.find('^') + 1) + 1;
  record.replace(at, record.find('^', at) - at, "\xB0\xA1");
  line_place place{1'789'347'600'000'000, "s-1", 3, 7};
  std::string line;
  append_reject_line(line, {reject_reason::bad_number, "price", "H0STCNT0",
                            record, 1, "005930"},
                     place);
  auto got = decode(line);
  CAF_CHECK_EQUAL(got.out, "");
  CAF_CHECK(got.err.find("column 2 (price): \"가\"") != std::string::npos);
}

CAF_TEST(lines of a journal without a raw record are passed over) {
  kis::trade t;
  t.symbol = "005930";
  line_place place{1'789'347'600'000'000, "s", 3, 7};
  std::string line;
  append_trade_line(line, t, kis::tr::h0stcnt0, &place);
  decode_options o;
  o.summary = true;
  auto got = decode(line, o);
  CAF_CHECK_EQUAL(got.status, 0);
  CAF_CHECK_EQUAL(got.out, "");
  CAF_CHECK(got.err.find("without a raw record: 1") != std::string::npos);
}

CAF_TEST(a line that only begins like one of a journal is rejected) {
  for (auto text :
       {R"({"timestamp":"2026)", R"({"timestamp":"x","raw":"1"})",
        R"({"timestamp":"2026-09-14T10:00:00.000000+09:00","raw":"1"})",
        R"({"timestamp":"2026-09-14T10:00:00.000000+09:00","raw":"1",)"
        R"("session_id":"a\"b","slot":1,"seq":1})",
        R"({"timestamp":"2026-09-14T10:00:00.000000+09:00","raw":"1",)"
        R"("session_id":"s","slot":99999999999,"seq":1})"}) {
    auto got = decode(std::string{text} + "\n");
    CAF_CHECK_EQUAL(got.status, 1);
    CAF_CHECK_EQUAL(got.out, "");
  }
}

} // namespace CAF_SUITE
