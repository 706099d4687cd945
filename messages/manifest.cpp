#include "messages/manifest.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "messages/korean_time.hpp"

namespace observer {

namespace {

using json = nlohmann::ordered_json;

json time_or_null(const std::optional<int64_t>& us) {
  return us ? json(timestamp(*us)) : json(nullptr);
}

/// The text is no manifest.
struct foreign {};

/// A whole number that fits. nlohmann by itself makes 1 of 1.5 and 2^64 - 1 of
/// -1, and what it makes of 1e300 is undefined.
template <class Integer>
Integer whole(const json& value) {
  if (value.is_number_unsigned()) {
    auto number = value.get<uint64_t>();
    if (std::in_range<Integer>(number))
      return static_cast<Integer>(number);
  } else if (value.is_number_integer()) {
    auto number = value.get<int64_t>();
    if (std::in_range<Integer>(number))
      return static_cast<Integer>(number);
  }
  throw foreign{};
}

/// Reads back what append_timestamp wrote.
std::optional<int64_t> parse_time(const json& value) {
  if (!value.is_string())
    return std::nullopt;
  return parse_timestamp(value.get<std::string>());
}

} // namespace

std::string to_json(const manifest& m) {
  json streams = json::array();
  for (auto& s : m.streams) {
    json entry{{"session_id", s.session_id}, {"slot", s.slot}};
    if (!s.symbol.empty()) {
      entry["tr_id"] = s.tr_id;
      entry["symbol"] = s.symbol;
    }
    entry["first_seq"] = s.first_seq;
    entry["last_seq"] = s.last_seq;
    entry["records"] = s.records;
    if (s.last_accumulated)
      entry["last_accumulated"] = *s.last_accumulated;
    if (s.last_day)
      entry["last_business_date"] = date_of_korean_day(*s.last_day);
    entry["last_received"] = timestamp(s.last_received_us);
    streams.push_back(std::move(entry));
  }
  json gaps = json::array();
  for (auto& g : m.gaps)
    gaps.push_back({{"session_id", g.session_id},
                    {"slot", g.slot},
                    {"seq", g.seq},
                    {"symbol", g.symbol},
                    {"cause", g.cause},
                    {"missing_shares", g.missing_shares}});
  json out{{"format", 1},
           {"file", m.file},
           {"dataset", m.dataset},
           {"lines", m.lines},
           {"bytes", m.bytes},
           {"sha256", m.sha256},
           {"first_received", time_or_null(m.first_received_us)},
           {"last_received", time_or_null(m.last_received_us)},
           {"sealed_at", timestamp(m.sealed_at_us)},
           {"sealed_because", m.sealed_because},
           {"streams", std::move(streams)},
           {"gaps", std::move(gaps)}};
  if (!m.damaged.empty()) {
    json damaged = json::array();
    for (auto& d : m.damaged)
      damaged.push_back({{"first_line", d.first_line},
                         {"lines", d.lines},
                         {"bytes", d.bytes}});
    out["damaged"] = std::move(damaged);
  }
  return out.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<manifest> parse_manifest(std::string_view text) {
  auto document = json::parse(text, nullptr, false);
  if (!document.is_object())
    return std::nullopt;
  try {
    if (whole<int>(document.at("format")) != 1)
      return std::nullopt;
    manifest m;
    m.file = document.at("file");
    m.dataset = document.at("dataset");
    m.lines = whole<uint64_t>(document.at("lines"));
    m.bytes = whole<uint64_t>(document.at("bytes"));
    m.sha256 = document.at("sha256");
    m.first_received_us = parse_time(document.at("first_received"));
    m.last_received_us = parse_time(document.at("last_received"));
    m.sealed_at_us = parse_time(document.at("sealed_at")).value_or(0);
    m.sealed_because = document.at("sealed_because");
    for (auto& s : document.at("streams")) {
      manifest_stream stream;
      stream.session_id = s.at("session_id");
      stream.slot = whole<int>(s.at("slot"));
      stream.tr_id = s.value("tr_id", "");
      stream.symbol = s.value("symbol", "");
      stream.first_seq = whole<uint64_t>(s.at("first_seq"));
      stream.last_seq = whole<uint64_t>(s.at("last_seq"));
      stream.records = whole<uint64_t>(s.at("records"));
      if (auto at = s.find("last_accumulated"); at != s.end())
        stream.last_accumulated = whole<uint64_t>(*at);
      stream.last_day = parse_korean_date(s.value("last_business_date", ""));
      stream.last_received_us = parse_time(s.at("last_received")).value_or(0);
      m.streams.push_back(std::move(stream));
    }
    for (auto& g : document.at("gaps"))
      m.gaps.push_back({g.at("session_id"), whole<int>(g.at("slot")),
                        whole<uint64_t>(g.at("seq")), g.at("symbol"),
                        g.at("cause"),
                        whole<int64_t>(g.at("missing_shares"))});
    if (auto damaged = document.find("damaged"); damaged != document.end())
      for (auto& d : *damaged)
        m.damaged.push_back({whole<uint64_t>(d.at("first_line")),
                             whole<uint64_t>(d.at("lines")),
                             whole<uint64_t>(d.at("bytes"))});
    return m;
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const foreign&) {
    return std::nullopt;
  }
}

} // namespace observer
