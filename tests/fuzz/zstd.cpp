#include "messages/zstd_stream.hpp"

#include <algorithm>
#include <string>

#include "actors/archive/zstd_frames.hpp"
#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"
#include "fuzz/texts.hpp"

namespace observer::fuzz {

namespace {

/// Of a bomb no more is looked at.
constexpr size_t bytes_max = 1 << 20;

struct outcome {
  std::string text, problem;
  /// Nothing was cut off.
  bool all = true;
};

outcome read(std::string_view input, size_t in_max, size_t out_max) {
  zstd_stream stream;
  outcome out;
  std::string to(out_max, '\0');
  uint64_t taken = 0;
  for (size_t at = 0; at < input.size(); at += in_max) {
    for (auto in = input.substr(at, in_max);;) {
      auto done = stream.next(in, to.data(), to.size());
      require(done.taken <= in.size() && done.made <= to.size(),
              "a step stays within what it was given");
      taken += done.taken;
      require(stream.taken() == taken, "what was taken is counted");
      out.text.append(to, 0, done.made);
      in.remove_prefix(done.taken);
      if (!stream.problem().empty())
        break;
      if (out.text.size() > bytes_max)
        return {out.text.substr(0, bytes_max), {}, false};
      if (done.made == 0 && in.empty())
        break;
      require(done.made > 0 || done.taken > 0, "a step leads on");
    }
    if (!stream.problem().empty())
      break;
  }
  stream.end();
  out.problem = stream.problem();
  require(is_one_line(out.problem), "a problem is one line", out.problem);
  auto done = stream.next("more", to.data(), to.size());
  require(out.problem.empty() || (done.made == 0 && done.taken == 0),
          "nothing comes after a problem");
  return out;
}

} // namespace

void zstd(std::string_view input) {
  auto whole = read(input, input.size() + 1, 1 << 17);
  auto pieces = read(input, 7, 1'000);
  if (whole.all && pieces.all) {
    require(whole.problem.empty() == pieces.problem.empty(),
            "pieces do not change what is a problem",
            whole.problem + " / " + pieces.problem);
    if (whole.problem.empty())
      require(whole.text == pieces.text, "pieces do not change what is in it");
  }
  // The reader of whoever compresses knows the same.
  zstd_frame_reader reader;
  std::string text;
  auto good = reader.add(input, [&](std::string_view made) {
    text += made;
    return text.size() <= bytes_max;
  });
  if (!whole.all || text.size() > bytes_max)
    return;
  require((good && reader.is_whole()) == whole.problem.empty(),
          "both readers find the same good", whole.problem);
  if (whole.problem.empty())
    require(text == whole.text, "both readers read the same");
}

} // namespace observer::fuzz
