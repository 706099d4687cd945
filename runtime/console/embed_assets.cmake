# Writes the C++ source that holds the web console's files:
#   cmake -DFROM=DIR -DOUT=FILE.cpp -P embed_assets.cmake
# of what bundle_web.cmake made in FROM. Without FROM, or where FROM/missing
# says why nothing was made: one page that says that the console was not built.
cmake_minimum_required(VERSION 3.25)

# In the order of their paths, as the header promises.
set(assets "/|index.html" "/app.js|app.js" "/page.css|page.css"
  "/shared_reader.js|shared_reader.js")
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")

set(eight "........")
set(line_of_hex "${eight}${eight}${eight}${eight}${eight}${eight}${eight}${eight}")

# One array of bytes, each as \xNN in literals of 32: compiles at once,
# whatever they hold.
function(array name hex out)
  string(REGEX REPLACE "(${line_of_hex})" "\\1\"\n  \"" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" hex "${hex}")
  set(${out} "const char ${name}[] =\n  \"${hex}\";\n\n" PARENT_SCOPE)
endfunction()

function(view name hex out)
  string(LENGTH "${hex}" digits)
  math(EXPR bytes "${digits} / 2")
  set(${out} "{${name}, ${bytes}}" PARENT_SCOPE)
endfunction()

set(bodies "")
set(rows "")
set(why "it was switched off")
if(DEFINED FROM AND EXISTS "${FROM}/missing")
  file(READ "${FROM}/missing" why)
  unset(FROM)
  unset(FROM CACHE)
endif()

if(NOT DEFINED FROM)
  set(page "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Observer</title><p>This Observer was built without its web console: ${why}. See <a href=\"status\">/status</a> and <a href=\"metrics\">/metrics</a>, or mend that and build it again.\n")
  string(HEX "${page}" hex)
  string(SHA256 digest "${page}")
  string(SUBSTRING "${digest}" 0 20 tag)
  array(body_0 "${hex}" bodies)
  view(body_0 "${hex}" body)
  set(rows "  {\"/\", \"${type_html}\", \"\\\"${tag}\\\"\",\n   ${body}, {}},\n")
else()
  set(count 0)
  foreach(entry IN LISTS assets)
    string(REGEX MATCH "^([^|]+)[|](.+[.]([a-z]+))$" matched "${entry}")
    set(url "${CMAKE_MATCH_1}")
    set(file "${FROM}/${CMAKE_MATCH_2}")
    set(type "${type_${CMAKE_MATCH_3}}")
    foreach(one "${file}" "${file}.gz")
      if(NOT EXISTS "${one}")
        message(FATAL_ERROR "console: ${one} is missing (for ${url})")
      endif()
    endforeach()
    file(READ "${file}" plain HEX)
    file(READ "${file}.gz" packed HEX)
    file(SHA256 "${file}" digest)
    string(SUBSTRING "${digest}" 0 20 tag)
    array(body_${count} "${plain}" text)
    string(APPEND bodies "${text}")
    array(gzip_${count} "${packed}" text)
    string(APPEND bodies "${text}")
    view(body_${count} "${plain}" body)
    view(gzip_${count} "${packed}" gzip)
    string(APPEND rows "  {\"${url}\", \"${type}\", \"\\\"${tag}\\\"\",\n   ${body}, ${gzip}},\n")
    math(EXPR count "${count} + 1")
  endforeach()
endif()

file(WRITE "${OUT}.new" "// Made by embed_assets.cmake; not to be edited.

#include \"runtime/console/assets.hpp\"

namespace observer {

namespace {

${bodies}constexpr console_asset assets[] = {
${rows}};

} // namespace

std::span<const console_asset> console_assets() {
  return assets;
}

} // namespace observer
")
# Compiled anew only if it differs: where the console is missing, each build
# comes here.
file(COPY_FILE "${OUT}.new" "${OUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUT}.new")
