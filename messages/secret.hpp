#pragma once

// A text that must not be shown. It has no operator<<, no fmt formatter and no
// inspect: printing one by accident does not compile. Whoever needs the text
// says reveal(), which a reviewer can search for.

#include <string>
#include <string_view>

namespace observer {

class secret {
public:
  secret() = default;
  /// Takes the text over; an argument that was moved in leaves no copy behind.
  explicit secret(std::string text);
  secret(const secret&) = default;
  secret(secret&& other) noexcept;
  secret& operator=(const secret& other);
  secret& operator=(secret&& other) noexcept;
  /// Overwrites the text with zeros before its memory is given back.
  ~secret();

  bool empty() const {
    return text_.empty();
  }
  const std::string& reveal() const {
    return text_;
  }

private:
  std::string text_;
};

/// Overwrites `text` with zeros and empties it.
void wipe(std::string& text);

} // namespace observer
