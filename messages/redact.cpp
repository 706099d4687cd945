#include "messages/redact.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <ranges>
#include <unordered_map>
#include <vector>

#include "messages/base64.hpp"
#include "messages/escapes.hpp"

namespace observer {

namespace {

using namespace std::literals;

constexpr auto mask = "****"sv;
constexpr size_t secret_bytes_min = 4;
/// Of a secret that a text ends within, so many bytes tell it.
constexpr size_t torn_bytes_min = 8;
/// So many bytes of a long secret tell it wherever they stand, even if they are
/// neither its beginning nor all that a text holds of it.
constexpr size_t part_bytes_min = 12;
/// A bare word after `name: ` is taken for a secret from this length on, so
/// that prose such as "appsecret: not set" stays.
constexpr size_t bare_bytes_min = 16;
/// Nobody's user name and password are longer.
constexpr size_t user_bytes_max = 512;

constexpr size_t secrets_max = 64, issued_max = 32;
/// A word or a number of people, and no random one, may be so long.
constexpr size_t plain_bytes_max = 19;

constexpr std::array secret_names{
  "appsecret"sv,    "app_secret"sv,   "secretkey"sv, "secret_key"sv,
  "approval_key"sv, "access_token"sv, "appkey"sv,    "app_key"sv,
  "password"sv,     "service_token"sv};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_word(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c) || c == '_';
}

/// How far a secret is masked, the least first.
enum class rank : uint8_t { number, word, strong };

rank rank_of(std::string_view text) {
  constexpr size_t word_bytes_max = 7;
  if (text.size() > plain_bytes_max)
    return rank::strong;
  if (std::ranges::all_of(text, is_digit))
    return rank::number;
  if (text.size() <= word_bytes_max || std::ranges::all_of(text, is_lower)
      || std::ranges::all_of(text, is_upper))
    return rank::word;
  return rank::strong;
}

/// Whether a text ends here, or somebody left out what follows: at once, or
/// within an escape.
bool is_cut(std::string_view rest) {
  return rest.empty() || rest.starts_with("…") || rest.starts_with("...")
         || (rest.size() < escaped_character_bytes_max
             && "\\%&"sv.find(rest.front()) != ""sv.npos
             && rest.find_first_of(" \t\r\n,;\"<", 1) == rest.npos);
}

/// Whether eight bytes are nobody's word and nobody's number: then what they
/// begin may be told by a part.
bool stands_out(std::string_view part) {
  auto kinds = std::ranges::any_of(part, is_digit)
               + std::ranges::any_of(part, is_lower)
               + std::ranges::any_of(part, is_upper);
  std::string seen{part};
  std::ranges::sort(seen);
  auto [first, last] = std::ranges::unique(seen);
  constexpr size_t different_min = 5;
  return kinds > 1
         && static_cast<size_t>(first - seen.begin()) >= different_min;
}

/// One form of a secret.
struct form {
  secret text;
  rank weight;
  /// Known by its beginning, where a text ends within it.
  bool may_be_torn;
};

/// What any base64 that holds `text` has of it: `before` bytes stand before it in
/// its group of three.
std::string base64_core(std::string_view text, size_t before) {
  std::string bytes(before, '\0');
  bytes += text;
  std::string out;
  append_base64(out, bytes);
  wipe(bytes);
  auto whole = (before + text.size()) * 8 / 6;
  auto foreign = (before * 8 + 5) / 6;
  out.resize(whole);
  return out.substr(std::min(foreign, out.size()));
}

std::string hexadecimal(std::string_view text, std::string_view digits) {
  std::string out;
  for (unsigned char c : text) {
    out += digits[c >> 4];
    out += digits[c & 15];
  }
  return out;
}

std::string json_form(std::string_view text) {
  std::string out;
  for (auto c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out;
}

std::vector<form> forms_of(std::string_view text) {
  std::vector<form> out;
  auto weight = rank_of(text);
  auto add = [&](std::string form_text, bool torn) {
    if (std::ranges::none_of(
          out, [&](auto& f) { return f.text.reveal() == form_text; }))
      out.push_back({secret{std::move(form_text)}, weight, torn});
  };
  add(std::string{text}, weight == rank::strong);
  add(json_form(text), false);
  if (weight != rank::strong)
    return out;
  for (size_t before = 0; before < 3; ++before) {
    auto core = base64_core(text, before);
    add(core, true);
    std::ranges::replace(core, '+', '-');
    std::ranges::replace(core, '/', '_');
    add(core, true);
  }
  add(hexadecimal(text, "0123456789abcdef"), true);
  add(hexadecimal(text, "0123456789ABCDEF"), true);
  return out;
}

/// All secrets at one moment, and what they are found by. Never changed once it
/// is in use.
class known_secrets {
public:
  known_secrets() = default;
  /// With one more, the newest of its kind.
  known_secrets(const known_secrets& before, std::string_view text,
                bool issued)
    : kept_{before.kept_}, issued_{before.issued_} {
    auto& all = issued ? issued_ : kept_;
    std::erase_if(all, [&](auto& s) { return s.reveal() == text; });
    all.emplace_back(std::string{text});
    if (all.size() > (issued ? issued_max : secrets_max))
      all.pop_front();
    for (auto* which : {&kept_, &issued_})
      for (auto& s : *which)
        for (auto& f : forms_of(s.reveal()))
          add(std::move(f));
  }

  /// Bytes that a form of the longest secret may take.
  size_t longest() const {
    return longest_;
  }
  /// Whether a secret may begin with this byte.
  bool may_begin(char c) const {
    return begins_[static_cast<unsigned char>(c)];
  }
  /// Bytes of the longest secret that begins at `at`, 0 if none does.
  size_t match(std::string_view line, size_t at, text_kind kind) const {
    size_t longest = 0;
    auto first = escaped_character(line, at);
    for (auto begin : {static_cast<unsigned char>(line[at]),
                       static_cast<unsigned char>(first.bytes[0])}) {
      for (auto which : starting_[begin])
        longest = std::max(longest, match(forms_[which], line, at, kind));
      if (!first || static_cast<unsigned char>(first.bytes[0]) == begin)
        break;
    }
    return longest;
  }

  /// Bytes of the longest part of a secret at `at`, 0 if none that tells one
  /// stands there.
  size_t match_part(std::string_view line, size_t at) const {
    if (line.size() - at < part_bytes_min || parts_.empty())
      return 0;
    auto escapes = [&](size_t i) {
      return line[i] == '\\' || line[i] == '%' || line[i] == '&';
    };
    if (!may_begin_part_[three_bytes(line.substr(at))] && !escapes(at)
        && !escapes(at + 1) && !escapes(at + 2))
      return 0;
    std::array<char, part_bytes_known> known{};
    auto i = at;
    for (auto& c : known) {
      if (i >= line.size())
        return 0;
      auto e = escaped_character(line, i);
      c = e.size == 1 ? e.bytes[0] : line[i];
      i += e.size == 1 ? e.taken : 1;
    }
    size_t longest = 0;
    auto [begin, end] = parts_.equal_range(
      std::hash<std::string_view>{}({known.data(), known.size()}));
    for (auto& [hash, part] : std::ranges::subrange{begin, end}) {
      size_t done = 0;
      auto size = alike(
        std::string_view{forms_[part.form].text.reveal()}.substr(part.at), line,
        at, done);
      if (done >= part_bytes_min)
        longest = std::max(longest, size);
    }
    return longest;
  }

private:
  static constexpr size_t part_bytes_known = 8;
  struct part {
    uint16_t form, at;
  };

  static size_t three_bytes(std::string_view text) {
    auto n = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    return (n(0) * 961U + n(1) * 31U + n(2)) % 65'536;
  }

  /// How far `line` holds `want` from `at` on, escaped or not; `done` of it.
  static size_t alike(std::string_view want, std::string_view line, size_t at,
                      size_t& done) {
    auto i = at;
    for (done = 0; done < want.size();) {
      auto c = i < line.size() ? escaped_character(line, i)
                               : escaped_character_found{};
      if (c && want.substr(done).starts_with(c.view())) {
        done += c.size;
        i += c.taken;
      } else if (i < line.size() && line[i] == want[done]) {
        ++done;
        ++i;
      } else {
        break;
      }
    }
    return i - at;
  }

  static size_t match(const form& f, std::string_view line, size_t at,
                      text_kind kind) {
    if ((kind == text_kind::own && f.weight != rank::strong)
        || (kind == text_kind::data && f.weight == rank::number))
      return 0;
    std::string_view want = f.text.reveal();
    size_t done = 0;
    auto i = at + alike(want, line, at, done);
    if (done < want.size()) {
      auto torn = f.may_be_torn && done >= torn_bytes_min
                  && is_cut(line.substr(i));
      return torn ? i - at : 0;
    }
    auto within_word = [&](char edge, size_t neighbour) {
      return is_word(edge) && neighbour < line.size()
             && is_word(line[neighbour]);
    };
    if (f.weight != rank::strong
        && ((at > 0 && within_word(want.front(), at - 1))
            || within_word(want.back(), i)))
      return 0;
    return i - at;
  }

  void add(form f) {
    auto& text = f.text.reveal();
    auto first = static_cast<unsigned char>(text.front());
    longest_ = std::max(longest_, text.size() * escaped_character_bytes_max);
    starting_[first].push_back(static_cast<uint16_t>(forms_.size()));
    begins_[first] = true;
    for (unsigned char c : "\\%&"sv)
      begins_[c] = true;
    if (f.weight == rank::strong && text.size() > plain_bytes_max)
      index_parts(text, static_cast<uint16_t>(forms_.size()));
    forms_.push_back(std::move(f));
  }

  void index_parts(std::string_view text, uint16_t form) {
    for (size_t at = 0; at + part_bytes_min <= text.size(); ++at)
      if (auto known = text.substr(at, part_bytes_known); stands_out(known)) {
        parts_.emplace(std::hash<std::string_view>{}(known),
                       part{form, static_cast<uint16_t>(at)});
        may_begin_part_.set(three_bytes(known));
      }
  }

  std::deque<secret> kept_, issued_;
  std::vector<form> forms_;
  /// By first byte: which forms.
  std::array<std::vector<uint16_t>, 256> starting_;
  std::array<bool, 256> begins_{};
  /// By the hash of its first eight bytes.
  std::unordered_multimap<size_t, part> parts_;
  std::bitset<65'536> may_begin_part_;
  size_t longest_ = 0;
};

/// Holds its lock for the exchange of a pointer alone: a process that ends by an
/// exception, wherever that was thrown, still says its last words through here.
class registry {
public:
  std::shared_ptr<const known_secrets> now() const {
    std::lock_guard guard{mutex_};
    return known_;
  }
  void add(std::string_view text, bool issued) {
    text = text.substr(0, secret_bytes_max);
    for (;;) {
      auto before = now();
      std::shared_ptr<const known_secrets> next
        = std::make_shared<known_secrets>(*before, text, issued);
      std::lock_guard guard{mutex_};
      if (known_ != before)
        continue; // somebody else was faster
      known_.swap(next);
      return;
    }
  }

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const known_secrets> known_
    = std::make_shared<known_secrets>();
};

registry& registered() {
  static auto* instance = new registry; // actors may outlive main
  return *instance;
}

bool starts_with_nocase(std::string_view text, std::string_view word) {
  return text.size() >= word.size()
         && std::equal(word.begin(), word.end(), text.begin(),
                       [](char w, char t) {
                         return w == (is_upper(t) ? t - 'A' + 'a' : t);
                       });
}

size_t skip(std::string_view line, size_t at, std::string_view what) {
  return std::min(line.find_first_not_of(what, at), line.size());
}

/// Past the closing quote's start: the end of a value that began after
/// `opening`, a quote with the backslashes before it.
size_t quoted_end(std::string_view line, size_t at, std::string_view opening) {
  // Nobody nests so deep: what follows is all taken for the value.
  constexpr size_t opening_bytes_max = 16;
  if (opening.size() > opening_bytes_max)
    return line.size();
  for (; at < line.size(); ++at) {
    if (line.substr(at).starts_with(opening))
      return at;
    if (line[at] == '\\')
      ++at;
  }
  return line.size();
}

size_t bare_end(std::string_view line, size_t at) {
  return std::min(line.find_first_of(" \t\r\n,;&\"'}])<", at), line.size());
}

struct span_of_value {
  size_t begin, end;
};

/// The value after a name that ends at `at`: `":"value"`, `=value`,
/// `: long-value`, `\":\"value\"`. Empty when there is none.
span_of_value value_after(std::string_view line, size_t at) {
  at = skip(line, at, "\\\"'");
  at = skip(line, at, " \t");
  if (at == line.size() || (line[at] != ':' && line[at] != '='))
    return {at, at};
  auto begin = skip(line, at + 1, " \t");
  auto spaced = begin != at + 1;
  auto quote = skip(line, begin, "\\");
  if (quote < line.size() && (line[quote] == '"' || line[quote] == '\'')) {
    auto opening = line.substr(begin, quote + 1 - begin);
    return {quote + 1, quoted_end(line, quote + 1, opening)};
  }
  auto end = bare_end(line, begin);
  if (spaced && end - begin < bare_bytes_min)
    return {begin, begin};
  return {begin, end};
}

span_of_value secret_at(std::string_view line, size_t at) {
  auto rest = line.substr(at);
  if (starts_with_nocase(rest, "bearer ")) {
    auto begin = skip(line, at + 7, " \t");
    return {begin, bare_end(line, begin)};
  }
  for (auto name : secret_names)
    if (starts_with_nocase(rest, name)
        && (rest.size() == name.size() || !is_word(rest[name.size()])))
      return value_after(line, at + name.size());
  return {at, at};
}

/// What stands between `://` and the last `@` of its host.
span_of_value user_at(std::string_view line, size_t at) {
  if (!line.substr(at).starts_with("://"))
    return {at, at};
  auto begin = at + 3;
  auto host = line.substr(begin, user_bytes_max);
  host = host.substr(0, host.find_first_of(" \t\r\n\"'<>/?#\\"));
  auto end = host.rfind('@');
  return end == host.npos ? span_of_value{at, at}
                          : span_of_value{begin, begin + end};
}

/// Bytes at which a name, `Bearer` or `://` may begin.
constexpr auto names_begin = [] {
  std::array<bool, 256> out{};
  for (unsigned char c : "sSaApPbB:"sv)
    out[c] = true;
  return out;
}();

} // namespace

void keep_secret(const secret& s) {
  if (s.reveal().size() >= secret_bytes_min)
    registered().add(s.reveal(), false);
}

void keep_issued_secret(const secret& s) {
  if (s.reveal().size() >= secret_bytes_min)
    registered().add(s.reveal(), true);
}

std::string redacted(std::string_view text, size_t shown_max, text_kind kind) {
  auto all = registered().now();
  auto& secrets = *all;
  auto shown = std::min(text.size(), shown_max);
  // A secret that begins in what is shown is known by what follows.
  auto line = text.substr(0, shown + std::min(text.size() - shown,
                                              secrets.longest()));
  auto names = kind != text_kind::own;
  std::string out;
  out.reserve(shown);
  // Of the last name that was found, its value.
  span_of_value value{0, 0};
  for (size_t at = 0; at < shown;) {
    // Names start where a word or a part of one does: KIS_APP_SECRET.
    if (names && at >= value.end
        && names_begin[static_cast<unsigned char>(line[at])]) {
      auto found = line[at] == ':' ? user_at(line, at)
                   : at == 0 || !is_word(line[at - 1]) || line[at - 1] == '_'
                     ? secret_at(line, at)
                     : span_of_value{at, at};
      if (found.begin < found.end)
        value = found;
    }
    auto n = secrets.may_begin(line[at]) ? secrets.match(line, at, kind) : 0;
    n = std::max(n, secrets.match_part(line, at));
    if (n > 0) {
      out += mask;
      at += n;
    } else if (at >= value.begin && at < value.end) {
      out += mask;
      at = value.end;
    } else {
      out += line[at++];
    }
  }
  return out;
}

} // namespace observer
