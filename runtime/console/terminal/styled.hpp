#pragma once

// Text with a meaning: what the layout hands to the screen, and a test reads.

#include <string>
#include <string_view>
#include <vector>

#include "runtime/console/terminal/width.hpp"

namespace observer::terminal {

/// What a piece of text is; the screen knows which colour that has.
enum class style { plain, dim, ok, warn, bad, heading, title, selected };

struct span {
  std::string text;
  style is = style::plain;
};

/// One row of the screen.
struct line {
  std::vector<span> spans;

  line() = default;
  line(std::string_view text, style is = style::plain) {
    add(text, is);
  }

  /// Makes the text printable; empty text adds nothing.
  line& add(std::string_view text, style is = style::plain) {
    if (!text.empty())
      spans.push_back({printable(text), is});
    return *this;
  }
  size_t width() const {
    size_t cells = 0;
    for (auto& s : spans)
      cells += display_width(s.text);
    return cells;
  }
  std::string text() const {
    std::string out;
    for (auto& s : spans)
      out += s.text;
    return out;
  }
  /// Cuts what goes past `cells`.
  void clip(size_t cells) {
    size_t used = 0;
    for (size_t i = 0; i < spans.size(); ++i) {
      auto width = display_width(spans[i].text);
      if (used + width > cells) {
        spans[i].text = clipped(spans[i].text, cells - used);
        spans.resize(i + 1);
        return;
      }
      used += width;
    }
  }
  void restyle(style is) {
    for (auto& s : spans)
      s.is = is;
  }
};

} // namespace observer::terminal
