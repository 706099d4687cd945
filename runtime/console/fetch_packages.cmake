# Fetches the packages of a lock file into a folder of the build:
#   cmake -DFROM=DIR -DINTO=DIR [-DNPM=PATH] [-DREQUIRED=ON] [-DFOR=NAME]
#         [-DPATIENCE_S=60] -P fetch_packages.cmake
#
# Optional ones that are for another kind of machine are left out, and those for
# musl. Each is one archive, taken only if it has the SHA-512 that the lock states, and
# kept in INTO/archives: what is there is not fetched again. No package runs a
# script of its own. npm itself, some 390 Debian packages, is not needed; it is
# asked, if it is there, when fetching fails.
# The registry is the user's (npm_config_registry, ~/.npmrc, /etc/npmrc, or what
# an installed npm says), else the one that Debian's npm would ask, which its
# package says. Of those files nothing else is read: where a registry wants a
# token or its own certificate, npm is what fetches.
# Where the packages cannot be had, INTO/missing says so, unless they are
# REQUIRED; a build within a quarter of an hour does not ask again.
cmake_minimum_required(VERSION 3.25)

if(NOT FOR)
  set(FOR "the web console")
endif()
if(NOT PATIENCE_S) # for one archive
  set(PATIENCE_S 60)
endif()
file(MAKE_DIRECTORY "${INTO}/archives")
set(retry_s 900)
if(EXISTS "${INTO}/missing" AND NOT REQUIRED)
  file(TIMESTAMP "${INTO}/missing" tried "%s")
  string(TIMESTAMP now "%s")
  math(EXPR waited "${now} - ${tried}")
  if(waited GREATER_EQUAL 0 AND waited LESS retry_s)
    return()
  endif()
endif()
file(REMOVE "${INTO}/missing" "${INTO}/installed")

# `registry = https://…` of an .npmrc or of the source of npm's settings.
function(registry_in file pattern out)
  set(${out} "" PARENT_SCOPE)
  if(EXISTS "${file}")
    file(STRINGS "${file}" lines REGEX "${pattern}")
    # The last one counts, as for npm.
    foreach(line IN LISTS lines)
      string(REGEX MATCH "https?://[^'\" \t#]+" address "${line}")
      if(address)
        set(${out} "${address}" PARENT_SCOPE)
      endif()
    endforeach()
  endif()
endfunction()

function(find_registry out)
  set(address "$ENV{npm_config_registry}")
  if(NOT address)
    set(address "$ENV{NPM_CONFIG_REGISTRY}")
  endif()
  foreach(file "$ENV{HOME}/.npmrc" /etc/npmrc)
    if(NOT address)
      registry_in("${file}" "^[ \t]*registry[ \t]*=" address)
    endif()
  endforeach()
  if(NOT address AND NPM)
    execute_process(COMMAND "${NPM}" config get registry
      OUTPUT_VARIABLE address OUTPUT_STRIP_TRAILING_WHITESPACE
      ERROR_QUIET TIMEOUT 20)
  endif()
  if(NOT address MATCHES "^https?://")
    # One archive of Debian's, unpacked beside the build and not installed.
    set(npm "${INTO}/npm-of-debian")
    set(settings "${npm}/usr/share/nodejs/npm/lib/utils/config/definitions.js")
    if(NOT EXISTS "${settings}")
      file(REMOVE_RECURSE "${npm}")
      file(MAKE_DIRECTORY "${npm}")
      execute_process(COMMAND sh -c
        "apt-get download -q npm && dpkg-deb -x npm_*.deb . && rm npm_*.deb"
        WORKING_DIRECTORY "${npm}" OUTPUT_QUIET ERROR_VARIABLE error
        RESULT_VARIABLE failed TIMEOUT 60)
      if(failed)
        message("packages: Debian's npm package, which names the registry, "
          "could not be had: ${error}")
      endif()
    endif()
    registry_in("${settings}" "default: 'https://" address)
  endif()
  string(REGEX REPLACE "/+$" "" address "${address}")
  set(${out} "${address}" PARENT_SCOPE)
endfunction()

# `sha512-<base64>` of a lock in the digits that CMake compares.
function(hex_of integrity out)
  if(NOT integrity MATCHES "^sha512-([A-Za-z0-9+/=]+)$")
    message(FATAL_ERROR "packages: \"${integrity}\" in the lock is no SHA-512")
  endif()
  execute_process(
    COMMAND sh -c "printf %s '${CMAKE_MATCH_1}' | base64 -d | od -An -v -tx1"
    OUTPUT_VARIABLE hex RESULT_VARIABLE failed)
  string(REGEX REPLACE "[ \n]" "" hex "${hex}")
  string(LENGTH "${hex}" digits)
  if(failed OR NOT digits EQUAL 128)
    message(FATAL_ERROR "packages: \"${integrity}\" in the lock is no SHA-512")
  endif()
  set(${out} ${hex} PARENT_SCOPE)
endfunction()

# Whether `list`, a lock's word on machines, is there and lacks `word`.
function(excludes package list word out)
  set(${out} FALSE PARENT_SCOPE)
  string(JSON count ERROR_VARIABLE none LENGTH "${package}" ${list})
  if(NOT none AND count GREATER 0)
    set(${out} TRUE PARENT_SCOPE)
    math(EXPR last "${count} - 1")
    foreach(i RANGE ${last})
      string(JSON one GET "${package}" ${list} ${i})
      if(one STREQUAL word)
        set(${out} FALSE PARENT_SCOPE)
      endif()
    endforeach()
  endif()
endfunction()

# Whether an optional package is for machines of another kind.
function(is_for_others package out)
  string(JSON optional ERROR_VARIABLE none GET "${package}" optional)
  cmake_host_system_information(RESULT cpu QUERY OS_PLATFORM)
  if(cpu STREQUAL "x86_64")
    set(cpu x64)
  elseif(cpu STREQUAL "aarch64")
    set(cpu arm64)
  endif()
  set(${out} FALSE PARENT_SCOPE)
  if(none OR NOT optional)
    return()
  endif()
  foreach(pair "os linux" "cpu ${cpu}" "libc glibc")
    separate_arguments(pair)
    excludes("${package}" ${pair} other)
    if(other)
      set(${out} TRUE PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# Fetches one package; `problem` stays empty when all is well.
function(fetch folder version integrity problem)
  # Both choose paths. A package may lie within the one that wants this version.
  set(one "node_modules/(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*")
  if(NOT "${folder}" MATCHES "^${one}(/${one})*$")
    message(FATAL_ERROR "packages: the lock's folder \"${folder}\" is none")
  endif()
  string(REGEX REPLACE "^(.*/)?node_modules/" "" name "${folder}")
  if(NOT "${version}" MATCHES "^[0-9][0-9A-Za-z.+-]*$")
    message(FATAL_ERROR "packages: the lock's version \"${version}\" is none")
  endif()
  string(REGEX REPLACE ".*/" "" short "${name}")
  string(REPLACE "/" "-" file_name "${name}-${version}.tgz")
  hex_of("${integrity}" wanted)
  set(archive "${INTO}/archives/${file_name}")
  set(have "")
  if(EXISTS "${archive}")
    file(SHA512 "${archive}" have)
  endif()
  if(NOT have STREQUAL wanted)
    if(NOT registry)
      find_registry(registry)
      set(registry "${registry}" PARENT_SCOPE)
    endif()
    if(NOT registry)
      set(${problem} "no registry is known" PARENT_SCOPE)
      return()
    endif()
    set(address "${registry}/${name}/-/${short}-${version}.tgz")
    file(DOWNLOAD "${address}" "${archive}.part"
      STATUS status TIMEOUT ${PATIENCE_S} INACTIVITY_TIMEOUT 20 TLS_VERIFY ON)
    list(GET status 0 code)
    list(GET status 1 words)
    if(NOT code EQUAL 0)
      file(REMOVE "${archive}.part")
      set(${problem} "${name} ${version}: ${words}" PARENT_SCOPE)
      return()
    endif()
    file(SHA512 "${archive}.part" have)
    if(NOT have STREQUAL wanted)
      file(REMOVE "${archive}.part")
      set(${problem} "${name} ${version}: what came is not what the lock \
states (SHA-512 ${have})" PARENT_SCOPE)
      return()
    endif()
    file(RENAME "${archive}.part" "${archive}")
  endif()
  # An npm archive holds one folder, most often `package`.
  set(unpacked "${INTO}/unpacked")
  file(REMOVE_RECURSE "${unpacked}" "${INTO}/${folder}")
  file(MAKE_DIRECTORY "${unpacked}")
  execute_process(COMMAND "${CMAKE_COMMAND}" -E tar xf "${archive}"
    WORKING_DIRECTORY "${unpacked}" RESULT_VARIABLE failed ERROR_QUIET)
  file(GLOB inside "${unpacked}/*")
  list(LENGTH inside entries)
  if(failed OR NOT entries EQUAL 1 OR NOT IS_DIRECTORY "${inside}")
    file(REMOVE_RECURSE "${unpacked}")
    set(${problem} "${name} ${version}: its archive cannot be unpacked"
      PARENT_SCOPE)
    return()
  endif()
  get_filename_component(parent "${INTO}/${folder}" DIRECTORY)
  file(MAKE_DIRECTORY "${parent}")
  file(RENAME "${inside}" "${INTO}/${folder}" RESULT failed)
  if(failed)
    set(${problem} "${name} ${version}: ${failed}" PARENT_SCOPE)
  endif()
  file(REMOVE_RECURSE "${unpacked}")
endfunction()

file(READ "${FROM}/package-lock.json" lock)
string(JSON packages GET "${lock}" packages)
string(JSON count LENGTH "${packages}")
math(EXPR last "${count} - 1")
set(problem "")
set(registry "")
foreach(i RANGE ${last})
  string(JSON folder MEMBER "${packages}" ${i})
  if(folder STREQUAL "" OR problem)
    continue()
  endif()
  string(JSON package GET "${packages}" ${folder})
  is_for_others("${package}" other)
  if(other)
    continue()
  endif()
  string(JSON version GET "${packages}" ${folder} version)
  string(JSON integrity GET "${packages}" ${folder} integrity)
  fetch("${folder}" "${version}" "${integrity}" problem)
endforeach()

if(problem AND NPM)
  message("packages: ${problem}; npm is asked instead")
  file(COPY "${FROM}/package.json" "${FROM}/package-lock.json" "${FROM}/.npmrc"
    DESTINATION "${INTO}")
  execute_process(
    COMMAND "${NPM}" ci --prefer-offline --ignore-scripts --no-audit --no-fund
            --no-update-notifier --loglevel=error --fetch-retries=1
            --fetch-timeout=20000
    WORKING_DIRECTORY "${INTO}" RESULT_VARIABLE failed TIMEOUT 180)
  if(NOT failed)
    set(problem "")
  endif()
endif()

if(NOT problem)
  file(TOUCH "${INTO}/installed")
elseif(REQUIRED)
  message(FATAL_ERROR "packages: ${problem}\nWhat ${FOR} is made of is fetched "
    "once and kept in the build folder. The recorder is built without a way to "
    "a registry with -DOBSERVER_CONSOLE=OFF.")
else()
  string(TIMESTAMP now "%s")
  math(EXPR then "${now} + ${retry_s}")
  execute_process(COMMAND date -d "@${then}" +%H:%M
    OUTPUT_VARIABLE then OUTPUT_STRIP_TRAILING_WHITESPACE)
  # Behind the first line it is for who builds, not for who opens the page.
  file(WRITE "${INTO}/missing" "its packages could not be fetched when it was \
built\n${problem}\nA build after ${then} asks again, one after rm ${INTO}/missing at once.")
  message("packages: ${problem}: built without ${FOR}")
endif()
