#include "runtime/http/page.hpp"

#include "runtime/http/fields.hpp"
#include "runtime/http/gzip.hpp"

namespace observer {

namespace {

/// Whether an If-None-Match field names this tag; a weak one is as good here.
bool names_tag(std::string_view field, std::string_view etag) {
  while (!field.empty()) {
    auto tag = take_until(field, ',');
    if (tag.starts_with("W/"))
      tag.remove_prefix(2);
    if (tag == etag || tag == "*")
      return true;
  }
  return false;
}

/// `"TAG"` of the same file in gzip.
std::string tag_of_gzip(std::string_view etag) {
  auto end = etag.rfind('"');
  return std::string{etag.substr(0, end)} + "-gzip\"";
}

} // namespace

http_answer static_file(const console_asset& file, const http_call& call) {
  auto in_gzip = wants_gzip(call.accept_encoding)
                 && (!file.gzip.empty()
                     || gzip_pays(file.content_type, file.body.size()));
  auto etag = in_gzip ? tag_of_gzip(file.etag) : std::string{file.etag};
  http_answer out;
  out.headers = {{"ETag", etag}, {"Cache-Control", "no-cache"}};
  out.content_type = file.content_type;
  if (names_tag(call.if_none_match, etag)) {
    out.status = 304;
    return out;
  }
  if (!in_gzip) {
    out.body = file.body;
    return out;
  }
  out.headers.emplace_back("Content-Encoding", "gzip");
  out.body = file.gzip.empty() ? gzipped(file.body) : std::string{file.gzip};
  return out;
}

std::optional<std::string> page_with_status(std::string_view page,
                                            std::string_view status) {
  constexpr std::string_view place
    = R"(<script type="application/json" id="first-status">null</script>)";
  constexpr std::string_view empty = "null</script>";
  auto at = page.find(place);
  if (at == page.npos || page.find(place, at + 1) != page.npos)
    return std::nullopt;
  at += place.size() - empty.size();
  std::string out{page.substr(0, at)};
  // No text within may end the script.
  for (auto c : status)
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  return out.append(page.substr(at + std::string_view{"null"}.size()));
}

} // namespace observer
