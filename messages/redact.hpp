#pragma once

// Secrets in texts. Whatever leaves the process or reaches a file goes through
// redacted(): a peer may echo our keys, an error page quote our request.
//
// What is registered is masked in each form that a peer or a program of ours
// gives it: as it is, as JSON, a URL, HTML or our own escapes write any of its
// characters, as base64 (alone or within something longer) or hexadecimal, and
// where a text ends within it. Of one of 20 bytes or more each part of 12 is
// masked too, wherever it stands: some peers quote the end, the middle, or take it
// apart. A text is masked before it is cut.
//
// A secret that is no more than a word or a number would blot out half of what
// is said. How far it is masked:
//
//   fewer than 4 bytes                   never by itself
//   4 to 19 digits                       as a whole word; not in data
//   up to 7 bytes, or up to 19 letters   as a whole word
//     of one case
//   all others                           wherever it stands

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "messages/secret.hpp"

namespace observer {

/// A longer secret is masked by its first so many bytes.
inline constexpr size_t secret_bytes_max = 4'096;

/// From now on this is masked. The newest 64 are kept. Safe from all threads.
void keep_secret(const secret& s);
/// The same for what a peer issues again and again: of those the newest 32 are
/// kept, and none of the others makes room for them.
void keep_issued_secret(const secret& s);

/// What a text is, which says what in it may be a secret.
enum class text_kind : uint8_t {
  /// Sentences: all that is registered, what stands where a secret does (the
  /// value after a name such as appsecret, approval_key or access_token, what
  /// follows `Bearer`), user and password in a URL.
  words,
  /// Records and messages as they came: the same, but for numbers.
  data,
  /// What we made of such: nothing but registered secrets that stand out.
  own,
};

/// The first `shown_max` bytes of `text`, each secret in them `****`. Reads no
/// more of it than is shown and what ends a secret that begins there; one pass.
/// Applied again it changes nothing. Safe from all threads.
std::string redacted(std::string_view text, size_t shown_max = SIZE_MAX,
                     text_kind kind = text_kind::words);

} // namespace observer
