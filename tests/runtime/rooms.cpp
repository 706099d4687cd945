#define CAF_SUITE runtime_rooms
#include "test.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

namespace CAF_SUITE {

namespace {

namespace fs = std::filesystem;

using names = std::vector<std::string>;

/// A row of the table in CMakeLists.txt: a folder, and whose headers it may
/// include.
struct room {
  std::string folder;
  names needs;
};

using table = std::vector<room>;

std::string text_of(const fs::path& file) {
  std::ifstream in{file};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The calls `room(FOLDER NEEDS … )`, in their order.
table read_table(const std::string& cmake) {
  static const std::regex call{"(?:^|\n)room\\(([^)]*)\\)"};
  table out;
  for (std::sregex_iterator i{cmake.begin(), cmake.end(), call}, end; i != end;
       ++i) {
    std::istringstream words{(*i)[1]};
    room r;
    words >> r.folder;
    auto needs = false;
    for (std::string word; words >> word;)
      if (std::isupper(static_cast<unsigned char>(word.front())))
        needs = word == "NEEDS";
      else if (needs)
        r.needs.push_back(word);
    out.push_back(std::move(r));
  }
  return out;
}

/// The innermost room of a path, or null.
const room* room_of(const std::string& path, const table& rooms) {
  const room* out = nullptr;
  for (auto& r : rooms)
    if (path.starts_with(r.folder + "/")
        && (!out || r.folder.size() > out->folder.size()))
      out = &r;
  return out;
}

/// What a source includes that is ours: all in quotes, however it is spelt, and
/// what stands in angles and begins with one of our folders or with a dot.
names includes_in(const std::string& source) {
  static const std::regex line{
    "(?:^|\n)[ \t]*(?:#|%:|\\?\\?=)(?:[ \t]|/\\*[^\n]*\\*/)*include"
    "(?:[ \t]|/\\*[^\n]*\\*/)*"
    "(?:\"([^\"\n]+)\"|<((?:messages|actors|runtime|tests|\\.)[/.][^>\n]+)>)"};
  names out;
  for (std::sregex_iterator i{source.begin(), source.end(), line}, end;
       i != end; ++i)
    out.push_back((*i)[1].matched ? (*i)[1] : (*i)[2]);
  return out;
}

/// What is wrong with the includes of one file. `used` gathers `room -> room`.
names problems_of(const std::string& path, const std::string& source,
                  const table& rooms, std::set<std::string>& used) {
  names out;
  // The door to the street opens on every room.
  if (path == "runtime/main.cpp")
    return out;
  auto own = room_of(path, rooms);
  if (!own)
    return {path + " lies in no room of CMakeLists.txt"};
  for (auto& include : includes_in(source)) {
    auto other = room_of(include, rooms);
    if (include.find("..") != include.npos)
      out.push_back(path + " includes " + include
                    + "; write the path from the project's folder");
    else if (!other)
      out.push_back(path + " includes " + include + ", which is in no room");
    else if (other == own)
      continue;
    else if (std::find(own->needs.begin(), own->needs.end(), other->folder)
             == own->needs.end())
      out.push_back(path + " includes " + include + ", but " + own->folder
                    + " does not need " + other->folder);
    else
      used.insert(own->folder + " -> " + other->folder);
  }
  return out;
}

names problems_of(const std::string& path, const std::string& source,
                  const table& rooms) {
  std::set<std::string> used;
  return problems_of(path, source, rooms, used);
}

const fs::path root = OBSERVER_SOURCE_DIR;

table our_rooms() {
  return read_table(text_of(root / "CMakeLists.txt"));
}

const table two_rooms = read_table("room(a NEEDS LIBRARIES x)\n"
                                   "room(messages\n  LIBRARIES fmt)\n"
                                   "room(actors/feed NEEDS messages GROUP 3)");

} // namespace

CAF_TEST(a table is read with its needs) {
  CAF_REQUIRE_EQUAL(two_rooms.size(), 3u);
  CAF_CHECK_EQUAL(two_rooms[1].folder, "messages");
  CAF_CHECK_EQUAL(two_rooms[1].needs, names{});
  CAF_CHECK_EQUAL(two_rooms[2].folder, "actors/feed");
  CAF_CHECK_EQUAL(two_rooms[2].needs, names{"messages"});
}

CAF_TEST(an include of a room that is not needed is a problem) {
  auto of = [](std::string path, std::string source) {
    return problems_of(path, source, two_rooms).size();
  };
  CAF_CHECK_EQUAL(of("actors/feed/x.cpp", "#include \"messages/m.hpp\"\n"), 0u);
  CAF_CHECK_EQUAL(of("actors/feed/x.cpp", "#include \"actors/feed/y.hpp\""), 0u);
  CAF_CHECK_EQUAL(of("messages/m.hpp", "\n# include \"actors/feed/x.hpp\""), 1u);
  for (auto spelling :
       {"\"tests/x.hpp\"", "<actors/other/x.hpp>", "\"../../messages/m.hpp\"",
        "\"neighbour.hpp\"", "/**/\"runtime/x.hpp\"", "<../log/x.hpp>"})
    CAF_CHECK_EQUAL(of("actors/feed/x.cpp",
                       std::string{"#include "} + spelling), 1u);
  CAF_CHECK_EQUAL(of("actors/feed/x.cpp", "#include <map>\n#include <fmt/x.h>"),
                  0u);
  CAF_CHECK_EQUAL(of("actors/other/x.cpp", ""), 1u);
}

CAF_TEST(a room needs only rooms that stand before it) {
  names before;
  auto rooms = our_rooms();
  CAF_CHECK(rooms.size() > 10);
  for (auto& r : rooms) {
    for (auto& need : r.needs)
      if (std::find(before.begin(), before.end(), need) == before.end())
        CAF_ERROR(r.folder + " needs " + need + ", which stands behind it");
    before.push_back(r.folder);
  }
}

CAF_TEST(messages know no actors and actors no runtime) {
  for (auto& r : our_rooms())
    for (auto& need : r.needs) {
      if (r.folder.starts_with("messages"))
        CAF_CHECK(need.starts_with("messages"));
      if (r.folder.starts_with("actors"))
        CAF_CHECK(!need.starts_with("runtime"));
    }
}

CAF_TEST(each source includes only rooms that its room needs and each need is used) {
  auto rooms = our_rooms();
  std::set<std::string> used;
  size_t files = 0;
  for (auto layer : {"messages", "actors", "runtime"})
    for (auto& entry : fs::recursive_directory_iterator(root / layer)) {
      auto extension = entry.path().extension();
      auto path = fs::relative(entry.path(), root).generic_string();
      for (auto other : {".h", ".hh", ".hxx", ".ipp", ".inc", ".c", ".cc"})
        if (extension == other)
          CAF_ERROR(path + ": sources end with .hpp or .cpp");
      if (extension != ".hpp" && extension != ".cpp")
        continue;
      ++files;
      for (auto& problem : problems_of(path, text_of(entry.path()), rooms, used))
        CAF_ERROR(problem);
    }
  CAF_CHECK(files > 100);
  for (auto& r : rooms)
    for (auto& need : r.needs)
      if (!used.contains(r.folder + " -> " + need))
        CAF_ERROR(r.folder + " says that it needs " + need
                  + " and includes nothing of it");
  CAF_MESSAGE(used.size() << " pairs of " << rooms.size()
                          << " rooms share a header");
}

CAF_TEST(no actor of ours is spawned without an argument) {
  // CAF dereferences a null pointer there: see tests/support/spawn_bare.hpp.
  static const std::regex bare{"spawn(<[^>]*>)?\\(\\s*(\\w+\\s*\\)|\\[)"};
  CAF_CHECK(std::regex_search("self->spawn<caf::detached>(slot)", bare));
  CAF_CHECK(!std::regex_search("system.spawn(slot, config)", bare));
  for (auto layer : {"actors", "runtime"})
    for (auto& entry : fs::recursive_directory_iterator(root / layer))
      if (entry.path().extension() == ".cpp"
          && std::regex_search(text_of(entry.path()), bare))
        CAF_ERROR(entry.path().string() + " spawns an actor without arguments");
}

CAF_TEST(only rooms that speak over sockets compile Asio and Beast) {
  std::set<std::string> compile_it;
  auto rooms = our_rooms();
  for (auto layer : {"messages", "actors", "runtime"})
    for (auto& entry : fs::recursive_directory_iterator(root / layer))
      if (entry.is_regular_file()
          && text_of(entry.path()).find("#include <boost/") != std::string::npos)
        if (auto r = room_of(fs::relative(entry.path(), root).generic_string(),
                             rooms))
          compile_it.insert(r->folder);
  CAF_CHECK_EQUAL(compile_it,
                  (std::set<std::string>{"runtime/http", "runtime/network",
                                         "runtime/simulate"}));
}

/// The types that a source gives a name for all of the program, with their
/// namespaces: `observer::tick`. What is in a nameless namespace is its own.
names types_of(const std::string& source) {
  static const std::regex opens{"namespace ([a-z_:]+) \\{"},
    closes{"\\} // namespace [a-z_:]+"},
    type{"(?:struct|class|enum class|enum) (\\w+)( final)?( : .*)?( \\{)?"};
  names out, within;
  auto nameless = false;
  std::istringstream lines{source};
  std::smatch m;
  for (std::string line; std::getline(lines, line);)
    if (line == "namespace {" || line == "} // namespace")
      nameless = line.front() == 'n';
    else if (std::regex_match(line, m, opens))
      within.push_back(m[1]);
    else if (std::regex_match(line, closes) && !within.empty())
      within.pop_back();
    else if (!nameless && !within.empty() && std::regex_match(line, m, type))
      out.push_back(within.back() + "::" + m[1].str());
  return out;
}

CAF_TEST(no name is that of two types) {
  CAF_CHECK_EQUAL(types_of("namespace a::b {\nstruct x {\n};\nclass y;\n"
                           "namespace {\nstruct z {\n};\n} // namespace\n"
                           "enum class u : int {\n} // namespace a::b\n"),
                  (names{"a::b::x", "a::b::u"}));
  // No compiler and no linker tells: one of the two is taken for both.
  std::map<std::string, std::string> places;
  for (auto layer : {"messages", "actors", "runtime", "tests"})
    for (auto& entry : fs::recursive_directory_iterator(root / layer)) {
      auto extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp")
        continue;
      auto place = fs::relative(entry.path(), root).generic_string();
      for (auto& name : types_of(text_of(entry.path())))
        if (auto [at, fresh] = places.emplace(name, place); !fresh)
          CAF_ERROR(name + " is a type of " + at->second + " and of " + place);
    }
  CAF_CHECK(places.size() > 300);
}

CAF_TEST(the map of the README shows the rooms in their order) {
  auto readme = text_of(root / "README.md");
  auto begin = readme.find("<!-- rooms -->");
  auto end = readme.find("<!-- /rooms -->");
  CAF_REQUIRE(begin != readme.npos && end != readme.npos && begin < end);
  auto map = readme.substr(begin, end - begin);
  static const std::regex row{"\n\\| `([a-z/]+)/`"};
  names shown, wanted;
  for (std::sregex_iterator i{map.begin(), map.end(), row}, last; i != last; ++i)
    shown.push_back((*i)[1]);
  for (auto& r : our_rooms())
    wanted.push_back(r.folder);
  CAF_CHECK_EQUAL(shown, wanted);
}

CAF_TEST(the top level holds the folders of the plan and nothing else) {
  std::set<std::string> allowed{"messages", "actors",        "runtime",
                                "tests",    "config",        "docker",
                                "build",    "data",          "README.md",
                                "README.ko.md", "CMakeLists.txt",
                                "CMakePresets.json"};
  for (auto& entry : fs::directory_iterator(OBSERVER_SOURCE_DIR)) {
    auto name = entry.path().filename().string();
    CAF_CHECK(name.starts_with('.') || allowed.contains(name));
  }
}

} // namespace CAF_SUITE
