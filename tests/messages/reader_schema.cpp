#define CAF_SUITE messages_reader_schema
#include "test.hpp"

#include "messages/flat_json.hpp"
#include "messages/journal_event.hpp"
#include "messages/jsonl.hpp"
#include "messages/kis/generate.hpp"
#include "messages/kis/samples.hpp"

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace CAF_SUITE {

using namespace observer;
using samples::flat_json;
using samples::flat_json_value;

namespace {

/// Paths of members and their types.
using schema = std::map<std::string, std::string>;

std::string text_of(const std::string& path) {
  std::ifstream in{OBSERVER_SOURCE_DIR "/" + path};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// `a BIGINT, "open" DECIMAL(22,4)` below `path`.
void add_members(schema& out, const std::string& path,
                 const std::string& members) {
  static const std::regex member{
    R"re("?(\w+)"? (\w+(\(\d+,\d+\))?)(, |$))re"};
  for (std::sregex_iterator i{members.begin(), members.end(), member}, end;
       i != end; ++i)
    out[path + "." + i->str(1)] = i->str(2);
}

/// What a macro of observer.sql gives read_json as columns.
schema columns_of(const std::string& macro) {
  static const auto sql = text_of("config/duckdb/observer.sql");
  auto begin = sql.find("MACRO " + macro + "(");
  if (begin == sql.npos)
    CAF_FAIL("there is no macro " << macro);
  auto text = sql.substr(begin, sql.find("\n  })", begin) - begin);
  static const std::regex column{R"re(\n    "?(\w+)"?: '([^']+)')re"};
  schema out;
  for (std::sregex_iterator i{text.begin(), text.end(), column}, end; i != end;
       ++i) {
    auto type = i->str(2);
    if (type.starts_with("STRUCT("))
      add_members(out, i->str(1), type.substr(7, type.size() - 8));
    else
      out[i->str(1)] = type;
  }
  return out;
}

/// As flat_json names the members of lists.
std::string path_of_list(std::string path, const std::string& type) {
  for (size_t i = 0; i < type.size(); ++i)
    if (type[i] == '[')
      path += "[]";
  return path;
}

bool is_text(const std::string& type) {
  return type.starts_with("VARCHAR") || type == "TIMESTAMPTZ";
}

constexpr line_place place{1'789'366'066'123'456, "20260914T000000Z-1", 3,
                           12345, "20260911"};
constexpr std::string_view not_utf8 = "\xb0\xa1^1";

doubt_mark a_doubt() {
  doubt_mark out;
  out.doubts.add(kis::doubt::side);
  out.raw = not_utf8;
  return out;
}

std::vector<flat_json_value> trade_with_all() {
  auto record = samples::trade_47.substr(samples::trade_47.rfind('|') + 1);
  kis::trade t;
  kis::parse_trade(record, 47, t);
  gap_mark gap{"exchange_gap", 3, 2, place.received_us};
  auto doubt = a_doubt();
  std::string out;
  append_trade_line(out, t, kis::tr::h0stcnt0, &place, &gap, &doubt);
  return flat_json(out);
}

std::vector<flat_json_value> quote_with_all() {
  samples::maker make{1};
  auto record = samples::join(make.quote(63));
  kis::quote q;
  kis::parse_quote(kis::tr::h0stasp0, record, 63, q);
  auto doubt = a_doubt();
  std::string out;
  append_quote_line(out, q, kis::tr::h0stasp0, &place, &doubt);
  return flat_json(out);
}

std::vector<flat_json_value> reject_with_all() {
  std::string raw(reject_raw_bytes_max + 1, '\xb0');
  std::string out;
  append_reject_line(out,
                     {reject_reason::bad_number, "words", "H0STCNT0", raw, 2,
                      "005930"},
                     place);
  return flat_json(out);
}

std::vector<flat_json_value> event_with_all() {
  journal_event e;
  e.event = "gap";
  e.why = cause::file_taken;
  e.detail = "words";
  e.tr_id = "H0STCNT0";
  e.symbol = "005930";
  e.tick_seq = 7;
  e.from_us = e.to_us = place.received_us;
  e.missing_shares = -3;
  e.records = 2;
  e.lost = lost_lines{"scalp", "s", 3, 1, 2};
  std::string out;
  append_event_line(out, e, place);
  return flat_json(out);
}

/// Every member of these lines is a column of its kind, and no column is of
/// none of them.
void check_columns(const std::string& macro,
                   std::initializer_list<std::vector<flat_json_value>> lines) {
  auto columns = columns_of(macro);
  schema types;
  for (auto& [path, type] : columns)
    types[path_of_list(path, type)] = type;
  std::set<std::string> seen;
  for (auto& line : lines) {
    CAF_REQUIRE(!line.empty());
    for (auto& [path, value] : line) {
      seen.insert(path);
      if (!types.contains(path)) {
        CAF_ERROR("observer.sql, " << macro << ": no column for " << path);
        continue;
      }
      if (value != "null" && is_text(types[path]) != value.starts_with('"'))
        CAF_ERROR(macro << ": " << path << " is " << types[path] << ", a line "
                        << "has " << value);
    }
  }
  for (auto& [path, type] : types)
    if (!seen.contains(path))
      CAF_ERROR("observer.sql, " << macro << ": no line has " << path);
}

/// The member names in a source's literals.
std::set<std::string> names_in(const std::string& source) {
  static const std::regex member{R"re("(\w+)":)re"};
  auto text = text_of(source);
  std::set<std::string> out;
  for (std::sregex_iterator i{text.begin(), text.end(), member}, end; i != end;
       ++i)
    out.insert(i->str(1));
  return out;
}

} // namespace

CAF_TEST(the columns of ticks are the members of trades and quotes) {
  check_columns("ticks", {trade_with_all(), quote_with_all()});
}

CAF_TEST(the columns of rejects are the members of a quarantine line) {
  check_columns("rejects", {reject_with_all()});
}

CAF_TEST(the columns of events are the members of a system line) {
  check_columns("events", {event_with_all()});
}

// What the lines above do not have because nobody thought of it.
CAF_TEST(every member that the writer can write is a column) {
  std::set<std::string> known;
  for (auto macro : {"ticks", "rejects", "events"})
    for (auto& [path, type] : columns_of(macro))
      for (std::istringstream steps{path}; !steps.eof();) {
        std::string step;
        std::getline(steps, step, '.');
        known.insert(step);
      }
  for (auto source : {"messages/jsonl.cpp", "messages/journal_event.cpp"}) {
    auto names = names_in(source);
    CAF_CHECK(names.contains("session_id"));
    for (auto& name : names)
      if (!known.contains(name))
        CAF_ERROR(source << " writes " << name << ", observer.sql has none");
  }
}

} // namespace CAF_SUITE
