#include <string>

#include <nlohmann/json.hpp>

#include "actors/broker/credentials.hpp"
#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"
#include "messages/korean_text.hpp"
#include "messages/outside_json.hpp"

namespace observer::fuzz {

void approval(std::string_view input) {
  using nlohmann::json;
  auto text = readable(input);
  auto document = json::parse(text, nullptr, false);
  std::string key;
  if (document.is_object() && !json_is_deeper(text, outside_json_levels_max) && document.contains("approval_key")
      && document["approval_key"].is_string())
    key = document["approval_key"];
  constexpr size_t key_bytes_max = 4096;
  if (key.size() > key_bytes_max)
    key.clear();
  const std::string url = "https://openapi.example:9443/oauth2/Approval";
  for (auto status : {0, 200, 403, 500}) {
    http_response response;
    response.status = status;
    response.body = input;
    if (status == 0)
      response.problem = "no connection";
    auto seen = read_approval(url, response);
    require(seen.key == (status == 200 ? key : ""),
            "a key is taken from an answer that grants it, and as it stands");
    require(seen.key.empty() != seen.problem.empty(),
            "there is a key or a problem");
    require(!seen.refused || !seen.problem.empty(), "a refusal says why");
    require(status == 0 || seen.key.size() != 0
              || seen.problem.starts_with(url),
            "a problem names the address", seen.problem);
    // An answer that was not a grant may still carry a key of someone's.
    if (seen.key.empty() && key.size() >= 16
        && input.find(key) == input.rfind(key))
      require(seen.problem.find(key) == std::string::npos,
              "a problem shows no key", seen.problem);
  }
}

} // namespace observer::fuzz
