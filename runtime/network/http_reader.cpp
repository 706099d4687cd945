#include "runtime/network/http_reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace observer {

namespace {

/// A chunk's size with its extensions, which nobody sends.
constexpr size_t chunk_line_bytes_max = 1'024;
/// Answers that are passed over before the one that counts.
constexpr int interim_max = 16;

bool is_token_char(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
         || (c >= 'A' && c <= 'Z') || others.find(c) != others.npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_control_char(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

/// Calls `each` with the parts of a comma-separated list; empty ones are none.
template <class Each>
void for_each_part(std::string_view list, Each each) {
  while (!list.empty()) {
    auto part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), part.size() + 1));
    if (auto word = trimmed(part); !word.empty())
      each(word);
  }
}

/// 0 or 1; nothing if it is another version.
std::optional<int> minor_version(std::string_view text) {
  if (text == "HTTP/1.1")
    return 1;
  if (text == "HTTP/1.0")
    return 0;
  return std::nullopt;
}

template <class Number>
std::optional<Number> whole_number(std::string_view digits, int base) {
  Number out = 0;
  auto last = digits.data() + digits.size();
  // A sign is no digit.
  if (digits.empty() || digits.front() == '-')
    return std::nullopt;
  auto [end, bad] = std::from_chars(digits.data(), last, out, base);
  if (bad != std::errc{} || end != last)
    return std::nullopt;
  return out;
}

} // namespace

// -- messages -----------------------------------------------------------------

std::string_view http_message::field(std::string_view name) const {
  for (auto& [key, value] : fields)
    if (key == name)
      return value;
  return {};
}

bool http_message::lists(std::string_view name, std::string_view word) const {
  auto found = false;
  for (auto& [key, value] : fields)
    if (key == name)
      for_each_part(value, [&](std::string_view part) {
        found = found || same_word(part, word);
      });
  return found;
}

// -- bytes --------------------------------------------------------------------

void http_reader::fail(http_fault fault, std::string_view why) {
  fault_ = fault;
  why_ = why;
}

size_t http_reader::take(std::string_view bytes) {
  size_t taken = 0;
  while (taken < bytes.size() && !done() && fault_ == http_fault::none) {
    auto rest = bytes.substr(taken);
    auto in_body = step_ == step::body_of_length || step_ == step::body_to_end
                   || step_ == step::chunk;
    taken += in_body ? take_body_bytes(rest) : take_line_bytes(rest);
  }
  return taken;
}

void http_reader::end() {
  if (done() || fault_ != http_fault::none || !begun())
    return;
  if (step_ == step::body_to_end)
    step_ = step::done;
  else
    fail(http_fault::ended, "the connection ended within a message");
}

size_t http_reader::take_line_bytes(std::string_view bytes) {
  // Lines between chunks have a bound each: they are many, and kept nowhere.
  auto of_chunk = step_ == step::chunk_size || step_ == step::chunk_end;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (of_chunk && ++line_bytes_ > chunk_line_bytes_max) {
      refuse("a chunk's line is too long");
      return i;
    }
    if (!of_chunk && ++message_bytes_ > limits_.header_bytes_max) {
      fail(http_fault::header_too_large, "the header is too large");
      return i;
    }
    auto c = bytes[i];
    // Old servers leave the CR out.
    auto ends = c == '\n' && (line_has_cr_ || kind_ == responses);
    if (line_has_cr_ != (c == '\n') && !ends) {
      refuse("a line that does not end with CR LF");
      return i;
    }
    if (c == '\n') {
      line_has_cr_ = false;
      line_bytes_ = 0;
      take_line();
      return i + 1;
    }
    if (c == '\r') {
      line_has_cr_ = true;
    } else if (is_control_char(c)) {
      refuse("a control character in a line");
      return i;
    } else {
      line_ += c;
    }
  }
  return bytes.size();
}

size_t http_reader::take_body_bytes(std::string_view bytes) {
  auto size = bytes.size();
  if (step_ == step::body_to_end) {
    if (size > limits_.body_bytes_max - message_.body.size()) {
      fail(http_fault::body_too_large, "the body is too large");
      return 0;
    }
    message_.body.append(bytes);
    return size;
  }
  size = static_cast<size_t>(std::min<uint64_t>(size, left_));
  message_.body.append(bytes.substr(0, size));
  left_ -= size;
  if (left_ == 0)
    step_ = step_ == step::chunk ? step::chunk_end : step::done;
  return size;
}

// -- lines --------------------------------------------------------------------

void http_reader::take_line() {
  std::string_view line = line_;
  switch (step_) {
    case step::first_line:
      if (line.empty() && kind_ == requests) {
        blank_bytes_ = message_bytes_;
        break;
      }
      step_ = step::fields;
      if (kind_ == requests)
        take_request_line(line);
      else
        take_status_line(line);
      break;
    case step::fields:
      if (line.empty())
        finish_header();
      else
        take_field(line);
      break;
    case step::chunk_size:
      take_chunk_size(line);
      break;
    case step::chunk_end:
      if (line.empty())
        step_ = step::chunk_size;
      else
        refuse("a chunk that is longer than its size");
      break;
    case step::trailers:
      if (line.empty())
        step_ = step::done;
      break;
    default:
      break;
  }
  line_.clear();
}

void http_reader::take_request_line(std::string_view line) {
  auto first = line.find(' ');
  auto last = line.rfind(' ');
  if (first == line.npos || first == last)
    return refuse("a request line is METHOD TARGET HTTP/1.1");
  auto method = line.substr(0, first);
  auto target = line.substr(first + 1, last - first - 1);
  auto minor = minor_version(line.substr(last + 1));
  if (!is_token(method))
    return refuse("a method is a word");
  if (target.empty() || target.find_first_of(" \t") != target.npos)
    return refuse("a target has no blanks");
  if (!minor)
    return refuse("only HTTP/1.1 and HTTP/1.0 are spoken here");
  message_.method = method;
  message_.target = target;
  message_.minor_version = *minor;
}

void http_reader::take_status_line(std::string_view line) {
  // HTTP/1.1 200 OK; some leave the reason out, and the blank before it.
  constexpr size_t version_size = 8, status_end = 12;
  auto minor = minor_version(line.substr(0, version_size));
  if (!minor)
    return refuse("an answer begins with HTTP/1.1");
  auto ends = line.size() == status_end
              || (line.size() > status_end && line[status_end] == ' ');
  auto status = ends && line[version_size] == ' '
                  ? whole_number<int>(line.substr(version_size + 1, 3), 10)
                  : std::nullopt;
  if (!status || *status < 100)
    return refuse("a status has three digits");
  message_.status = *status;
  message_.minor_version = *minor;
}

void http_reader::take_field(std::string_view line) {
  if (is_blank(line.front())) {
    // Folded lines are of old servers; in a request they are of no good.
    if (kind_ == requests || message_.fields.empty())
      return refuse("a folded field");
    auto& value = message_.fields.back().second;
    if (!value.empty())
      value += ' ';
    value += trimmed(line);
    return;
  }
  auto colon = line.find(':');
  auto before = line.substr(0, colon);
  // In a request two readers could take it for two fields.
  if (kind_ == responses)
    before = trimmed(before);
  if (colon == line.npos || !is_token(before))
    return refuse("a field is NAME: VALUE");
  std::string name{before};
  std::transform(name.begin(), name.end(), name.begin(), to_lower);
  message_.fields.emplace_back(std::move(name),
                               trimmed(line.substr(colon + 1)));
}

void http_reader::take_chunk_size(std::string_view line) {
  auto digits = line.substr(0, line.find_first_of("; \t"));
  auto behind = trimmed(line.substr(digits.size()));
  auto size = whole_number<uint64_t>(digits, 16);
  if (!size || (!behind.empty() && behind.front() != ';'))
    return refuse("a chunk begins with its size");
  if (*size > limits_.body_bytes_max - message_.body.size())
    return fail(http_fault::body_too_large, "the body is too large");
  left_ = *size;
  step_ = *size > 0 ? step::chunk : step::trailers;
}

// -- the end of the header ----------------------------------------------------

bool http_reader::find_length(bool& chunked) {
  std::optional<uint64_t> length;
  size_t encodings = 0;
  for (auto& [name, value] : message_.fields) {
    if (name == "transfer-encoding" && kind_ == responses
        && same_word(value, "identity"))
      continue; // what there was before chunks
    if (name == "transfer-encoding") {
      ++encodings;
      chunked = same_word(value, "chunked");
    } else if (name == "content-length") {
      auto said = whole_number<uint64_t>(value, 10);
      if (!said || (length && length != said)) {
        refuse("no length, or two of them");
        return false;
      }
      length = said;
    }
  }
  if (encodings > 1 || (encodings == 1 && (!chunked || length))) {
    refuse(length ? "a length and an encoding at once"
                  : "the only transfer encoding spoken here is chunked");
    return false;
  }
  has_length_ = length.has_value();
  left_ = length.value_or(0);
  return true;
}

void http_reader::finish_header() {
  auto& m = message_;
  auto interim = kind_ == responses && m.status < 200;
  if (interim && m.status != 101) {
    if (++interim_ > interim_max)
      return refuse("answers without an end");
    m = {};
    step_ = step::first_line;
    message_bytes_ = 0;
    return;
  }
  auto chunked = false;
  if (!find_length(chunked))
    return;
  // An old peer that chunks cannot be meant to go on.
  m.keep_alive = m.minor_version == 1 ? !m.lists("connection", "close")
                                      : m.lists("connection", "keep-alive")
                                          && !chunked;
  auto bare = interim || m.status == 204 || m.status == 304;
  if (bare)
    step_ = step::done;
  else
    begin_body(chunked);
}

void http_reader::begin_body(bool chunked) {
  if (left_ > limits_.body_bytes_max)
    return fail(http_fault::body_too_large, "the body is too large");
  if (chunked) {
    step_ = step::chunk_size;
  } else if (has_length_ || kind_ == requests) {
    step_ = left_ > 0 ? step::body_of_length : step::done;
  } else {
    step_ = step::body_to_end;
    message_.keep_alive = false;
  }
}

http_message http_reader::release() {
  auto out = std::move(message_);
  *this = http_reader{kind_, limits_};
  return out;
}

// -- who is asked -------------------------------------------------------------

namespace {

/// Host and port, without a check of either: nothing that would end them.
bool is_authority(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    constexpr std::string_view others = "-._~:[]!$&'()*+,;=%";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z') || others.find(c) != others.npos;
  });
}

/// Behind `http://` or `https://`; nothing if the target has none.
std::optional<std::string_view> behind_scheme(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"})
    if (same_word(target.substr(0, scheme.size()), scheme))
      return target.substr(scheme.size());
  return std::nullopt;
}

} // namespace

std::string_view settle_host(http_message& m) {
  auto is_host = [](auto& field) { return field.first == "host"; };
  auto hosts = std::count_if(m.fields.begin(), m.fields.end(), is_host);
  if (hosts > 1)
    return "two Host fields";
  if (hosts == 0 && m.minor_version > 0)
    return "HTTP/1.1 asks with a Host field";
  if (hosts == 0)
    m.fields.emplace_back("host", "");
  auto address = behind_scheme(m.target);
  if (!address)
    return {};
  auto name = address->substr(0, address->find_first_of("/?#"));
  if (name.empty() || !is_authority(name))
    return "an address begins with HOST or HOST:PORT";
  std::find_if(m.fields.begin(), m.fields.end(), is_host)->second = name;
  std::string path{address->substr(name.size())};
  m.target = path.starts_with('/') ? path : '/' + path;
  return {};
}

// -- writing ------------------------------------------------------------------

void append_http_field(std::string& out, std::string_view name,
                       std::string_view value) {
  if (!is_token(name)
      || std::any_of(value.begin(), value.end(), is_control_char))
    return;
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

std::string http_request_text(std::string_view method, std::string_view target,
                              const http_fields& fields,
                              std::string_view body) {
  std::string out;
  out += method;
  out += ' ';
  out += target;
  out += " HTTP/1.1\r\n";
  for (auto& [name, value] : fields)
    append_http_field(out, name, value);
  if (!body.empty() || method == "POST")
    append_http_field(out, "Content-Length", std::to_string(body.size()));
  out += "\r\n";
  out += body;
  return out;
}

} // namespace observer
