#pragma once

// The words of the domain in both languages: terms.json, embedded at build. The
// page and the terminal have them from this one list.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace observer {

enum class language { english, korean };

/// The file as it was at build.
std::string_view terms_json();

/// The word of `key` in a group of the list, e.g. ("slot", "live"); nothing if
/// the list has none. Static storage.
std::optional<std::string_view> find_term(language in, std::string_view group,
                                          std::string_view key);
/// The same; a key that the list does not know, of another version, is its own
/// word, with spaces.
std::string term(language in, std::string_view group, std::string_view key);
/// What a cause means, and what to do; empty if the list does not know it.
std::string_view cause_sentence(language in, std::string_view cause);

/// A fact of the verdict, `{"kind":K,"text":…,fields}`, by the template that
/// the group `say` has for K; without one its `text`. Each `{name}` of the
/// template is that field's value: a rate where the name has `per_s`, a Korean
/// time where it ends in `_us`, causes and reasons by their words. Times of
/// another day than that of `now_us` bear their date.
std::string told(language in, const nlohmann::json& fact,
                 std::optional<int64_t> now_us = {});

/// The same by a template given.
std::string told_by(std::string_view form, language in,
                    const nlohmann::json& fact,
                    std::optional<int64_t> now_us = {});

} // namespace observer
