#include "messages/secret.hpp"

#include <utility>

#include <openssl/crypto.h>

namespace observer {

void wipe(std::string& text) {
  // The whole capacity: a moved-from short string is empty and still holds
  // its bytes. A plain fill could be optimised away.
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

secret::secret(std::string text) : text_{std::move(text)} {
  wipe(text);
}

secret::secret(secret&& other) noexcept : text_{std::move(other.text_)} {
  wipe(other.text_);
}

secret& secret::operator=(const secret& other) {
  if (this != &other) {
    wipe(text_);
    text_ = other.text_;
  }
  return *this;
}

secret& secret::operator=(secret&& other) noexcept {
  // The swap leaves the old text in `other`, where it is wiped.
  if (this != &other) {
    text_.swap(other.text_);
    wipe(other.text_);
  }
  return *this;
}

secret::~secret() {
  wipe(text_);
}

} // namespace observer
