# Writes the C++ source that holds the web console's files:
#   cmake -DWEB=DIR -DNODE_MODULES=DIR -DOUT=FILE.cpp -P embed_assets.cmake
# Without WEB, or where the file MISSING says why the packages are not there:
# one page that says that the console was not built.
cmake_minimum_required(VERSION 3.25)

# The files of npm packages that are served, as "url|file". Browsers resolve no
# bare module names and the page's policy allows no import map, so the one
# import of a package by another is made relative below.
set(vendored
  "/vendor/hooks.js|preact/hooks/dist/hooks.mjs"
  "/vendor/htm.js|htm/dist/htm.mjs"
  "/vendor/preact.js|preact/dist/preact.mjs"
  "/vendor/uplot.css|uplot/dist/uPlot.min.css"
  "/vendor/uplot.js|uplot/dist/uPlot.esm.js")

set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

set(eight "........")
set(line_of_hex "${eight}${eight}${eight}${eight}${eight}${eight}${eight}${eight}")

set(bodies "")
set(rows "")
set(count 0)

# Adds one asset; `hex` is its content.
function(embed url extension hex digest)
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "console: no content type known for ${url}")
  endif()
  string(LENGTH "${hex}" digits)
  math(EXPR bytes "${digits} / 2")
  string(SUBSTRING "${digest}" 0 20 tag)
  # Every byte as \xNN in literals of 32: compiles at once, whatever it holds.
  string(REGEX REPLACE "(${line_of_hex})" "\\1\"\n  \"" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" hex "${hex}")
  set(bodies "${bodies}const char body_${count}[] =\n  \"${hex}\";\n\n")
  set(rows "${rows}  {\"${url}\", \"${type_${extension}}\", \"\\\"${tag}\\\"\",\n   {body_${count}, ${bytes}}},\n")
  math(EXPR count "${count} + 1")
  set(bodies "${bodies}" PARENT_SCOPE)
  set(rows "${rows}" PARENT_SCOPE)
  set(count ${count} PARENT_SCOPE)
endfunction()

set(why "it was switched off")
if(DEFINED MISSING AND EXISTS "${MISSING}")
  file(READ "${MISSING}" why)
  unset(WEB)
  unset(WEB CACHE)
endif()

if(NOT DEFINED WEB)
  set(page "<!doctype html><meta charset=\"utf-8\"><title>Observer</title><p>This Observer was built without its web console: ${why}. See <a href=\"status\">/status</a> and <a href=\"metrics\">/metrics</a>, or build it again where a package registry can be reached.\n")
  string(HEX "${page}" hex)
  string(SHA256 digest "${page}")
  embed("/" html "${hex}" ${digest})
else()
  set(assets "")
  file(GLOB own RELATIVE "${WEB}" "${WEB}/*.css" "${WEB}/*.js" "${WEB}/*.svg")
  foreach(name IN LISTS own)
    list(APPEND assets "/${name}|${WEB}/${name}")
  endforeach()
  foreach(entry IN LISTS vendored)
    string(REPLACE "|" "|${NODE_MODULES}/" entry "${entry}")
    list(APPEND assets "${entry}")
  endforeach()
  # In the order of their paths, as the header promises.
  list(SORT assets COMPARE STRING)
  list(PREPEND assets "/|${WEB}/index.html")

  foreach(entry IN LISTS assets)
    string(REGEX MATCH "^([^|]+)\\|(.+)$" matched "${entry}")
    set(url "${CMAKE_MATCH_1}")
    set(file "${CMAKE_MATCH_2}")
    if(NOT EXISTS "${file}")
      message(FATAL_ERROR "console: ${file} is missing (for ${url})")
    endif()
    string(REGEX MATCH "[a-z]+$" extension "${file}")
    if(extension STREQUAL "mjs")
      set(extension js)
    endif()
    file(READ "${file}" hex HEX)
    file(SHA256 "${file}" digest)
    if(url STREQUAL "/vendor/hooks.js")
      string(HEX "from\"preact\"" bare)
      string(HEX "from\"./preact.js\"" relative)
      string(FIND "${hex}" "${bare}" at)
      if(at EQUAL -1)
        message(FATAL_ERROR "console: ${file} does not import preact as known")
      endif()
      string(REPLACE "${bare}" "${relative}" hex "${hex}")
      string(SHA256 digest "${digest}${relative}")
    endif()
    embed("${url}" ${extension} "${hex}" ${digest})
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
file(RENAME "${OUT}.new" "${OUT}")
