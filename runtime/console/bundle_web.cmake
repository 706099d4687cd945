# Makes the few files that the page is served as, of its sources and packages:
#   cmake -DWEB=DIR -DNODE_MODULES=DIR -DINTO=DIR [-DMISSING=FILE]
#         [-DREQUIRED=ON] -P bundle_web.cmake
# index.html, page.css, app.js and shared_reader.js: bundled and minified by
# Debian's esbuild, and each beside it as `gzip -9n` packs it, which writes no
# name and no time, so that the same sources make the same bytes.
# Where esbuild is not installed, or the file MISSING says why the packages are
# not there, INTO/missing says so, unless the page is REQUIRED.
cmake_minimum_required(VERSION 3.25)

file(MAKE_DIRECTORY "${INTO}")
file(REMOVE "${INTO}/missing" "${INTO}/made")

function(give_up why advice)
  if(REQUIRED)
    message(FATAL_ERROR "The web console cannot be built: ${why}. ${advice} "
      "The recorder is built without it with -DOBSERVER_CONSOLE=OFF.")
  endif()
  file(WRITE "${INTO}/missing" "${why}")
  string(REPEAT "*" 78 line)
  list(JOIN advice "\n*  " advice)
  message("\n${line}\n"
    "*  THIS BUILD HAS NO WEB CONSOLE: ${why}.\n"
    "*  ${advice}\n"
    "*  All else works.\n"
    "${line}\n")
endfunction()

if(DEFINED MISSING AND EXISTS "${MISSING}")
  file(STRINGS "${MISSING}" words)
  list(POP_FRONT words why)
  give_up("${why}" "${words}")
  return()
endif()
find_program(ESBUILD esbuild NO_CACHE)
if(NOT ESBUILD)
  give_up("esbuild is not installed"
    "apt-get install esbuild, then build again.")
  return()
endif()

# The packages lie outside of the sources.
set(ENV{NODE_PATH} "${NODE_MODULES}")
execute_process(
  COMMAND "${ESBUILD}" page=page.css app=app.js shared_reader=shared_reader.js
          --bundle --minify --format=esm --target=es2022 --charset=utf8
          --legal-comments=none --log-level=warning "--outdir=${INTO}"
  WORKING_DIRECTORY "${WEB}" RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "console: esbuild could not bundle ${WEB}")
endif()
configure_file("${WEB}/index.html" "${INTO}/index.html" COPYONLY)
foreach(name index.html page.css app.js shared_reader.js)
  execute_process(COMMAND gzip -9n INPUT_FILE "${INTO}/${name}"
    OUTPUT_FILE "${INTO}/${name}.gz" RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "console: gzip could not pack ${name}: ${failed}")
  endif()
endforeach()
file(TOUCH "${INTO}/made")
