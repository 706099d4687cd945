// The settings file. A text marked below stands for a secret: wherever a file
// gives it to a secret setting only, no problem, warning or listing may show
// it.

#include <algorithm>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"
#include "fuzz/texts.hpp"
#include "runtime/settings/entry.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/settings/table.hpp"
#include "runtime/settings/text.hpp"

namespace observer::fuzz {

namespace {

constexpr std::string_view mark = "PSq7x9Zk2";

/// A file without a place on any disk.
class memory_file {
public:
  memory_file() : fd_{::memfd_create("settings", MFD_CLOEXEC)} {
    if (fd_ < 0)
      throw std::runtime_error{"no file in memory"};
  }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() {
    ::close(fd_);
  }
  void fill(std::string_view bytes) {
    if (::ftruncate(fd_, 0) != 0
        || ::pwrite(fd_, bytes.data(), bytes.size(), 0)
             != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error{"a file in memory that takes no bytes"};
  }
  std::string path() const {
    return "/proc/self/fd/" + std::to_string(fd_);
  }

private:
  int fd_;
};

bool is_secret_name(std::string_view name) {
  return std::ranges::any_of(settings(), [&](auto& s) {
    return s.is_secret() && s.name() == name;
  });
}

bool has_mark(std::string_view text) {
  return text.find(mark) != text.npos;
}

/// Does the mark stand in the values of secret names only?
bool is_secret_in(const toml::table& table) {
  for (auto& [name, node] : table) {
    if (has_mark(name.str()))
      return false;
    if (auto inner = node.as_table()) {
      if (!is_secret_in(*inner))
        return false;
    } else if (!node.is_string() || !is_secret_name(name.str())) {
      std::ostringstream text;
      node.visit([&](auto& x) { text << x; });
      if (has_mark(text.str()))
        return false;
    }
  }
  return true;
}

/// The same where the file is not TOML: does `name =`, perhaps with a quote,
/// stand before each?
bool is_secret_in(std::string_view text) {
  for (auto at = text.find(mark); at != text.npos;
       at = text.find(mark, at + 1)) {
    auto before = text.substr(0, at);
    before.remove_suffix(before.ends_with('"'));
    auto back = [&](std::string_view what) {
      before = before.substr(0, before.find_last_not_of(what) + 1);
    };
    back(" ");
    if (!before.ends_with('='))
      return false;
    before.remove_suffix(1);
    back(" ");
    auto named = std::ranges::any_of(settings(), [&](auto& s) {
      return s.is_secret() && before.ends_with(s.name());
    });
    if (!named)
      return false;
  }
  return true;
}

bool keeps_secret(std::string_view input) {
  try {
    return is_secret_in(toml::parse(input));
  } catch (const toml::parse_error&) {
    return is_secret_in(input);
  }
}

void check_good(const observer::config& c) {
  require(!c.kis.base_url.empty() && !c.kis.base_url.ends_with('/')
            && !c.kis.websocket_url.empty()
            && !c.kis.websocket_url.ends_with('/'),
          "the addresses are there, without a slash at their end");
  require(c.kis.customer_type == "P" || c.kis.customer_type == "B",
          "the customer is a person or a business");
  require(c.service.port >= 1 && c.service.port <= 65535, "a port is one");
  auto& symbols = c.feed.symbols;
  require(symbols.size() <= symbols_max, "no more symbols than slots");
  for (size_t i = 0; i < symbols.size(); ++i)
    require(std::find(symbols.begin(), symbols.begin()
                                         + static_cast<ptrdiff_t>(i),
                      symbols[i])
              == symbols.begin() + static_cast<ptrdiff_t>(i),
            "no symbol is there twice", to_text(symbols[i]));
  require(c.feed.reconnect_first_ms <= c.feed.reconnect_max_ms,
          "the first wait is not the longest");
  auto& hours = c.market.hours;
  require(!hours.empty(), "there are trading hours");
  for (size_t i = 0; i < hours.size(); ++i)
    require(hours[i].begin_minute >= (i == 0 ? 0 : hours[i - 1].end_minute)
              && hours[i].begin_minute < hours[i].end_minute
              && hours[i].end_minute <= 1440,
            "trading hours ascend", to_text(hours[i]));
  auto& days = c.market.holidays;
  require(std::adjacent_find(days.begin(), days.end(), std::greater_equal{})
            == days.end(),
          "holidays ascend");
  for (auto& s : settings())
    require(c.sources.contains(s.key), "every setting has a source",
            s.key);
}

} // namespace

void config(std::string_view input) {
  memory_file file;
  file.fill(input);
  config_sources sources;
  sources.file = file.path();
  auto loaded = load_config(sources);
  std::string shown;
  if (!loaded) {
    shown = loaded.error().text;
    require(!shown.empty() && is_one_line(shown), "a problem is one line",
            shown);
    require(shown.find(file.path()) != shown.npos, "a problem names the file",
            shown);
  } else {
    check_good(*loaded);
    shown = describe_config(*loaded);
    auto json = describe_config_json(*loaded);
    require(nlohmann::json::accept(json), "the listing is JSON", json);
    shown += json;
    for (auto& warning : loaded->warnings) {
      require(is_one_line(warning), "a warning is one line", warning);
      shown += warning;
    }
  }
  require(!has_mark(shown) || !keeps_secret(input), "no secret is shown",
          shown);
}

} // namespace observer::fuzz
