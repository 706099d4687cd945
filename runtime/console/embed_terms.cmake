# Writes the C++ source that holds the list of words:
#   cmake -DFROM=terms.json -DOUT=FILE.cpp -P embed_terms.cmake
cmake_minimum_required(VERSION 3.25)

file(READ "${FROM}" hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR bytes "${digits} / 2")
# Every byte as \xNN in literals of 32: compiles at once, whatever it holds.
set(eight "........")
string(REGEX REPLACE
  "(${eight}${eight}${eight}${eight}${eight}${eight}${eight}${eight})"
  "\\1\"\n  \"" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" hex "${hex}")

file(WRITE "${OUT}.new" "// Made by embed_terms.cmake; not to be edited.

#include \"runtime/console/terms.hpp\"

namespace observer {

namespace {

const char text[] =
  \"${hex}\";

} // namespace

std::string_view terms_json() {
  return {text, ${bytes}};
}

} // namespace observer
")
file(RENAME "${OUT}.new" "${OUT}")
