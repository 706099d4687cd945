# The Debian packages, observer and its symbols, by CPack:
#
#   runtime/package [amd64|arm64]
#
# builds `package_files`, finds what the executable depends on, and packs.
# Everything is laid out as it lies on a machine: prefixes are part of the paths.
set(doc usr/share/doc/observer)
set(made ${CMAKE_CURRENT_BINARY_DIR}/package)
set(from ${CMAKE_CURRENT_LIST_DIR})
file(MAKE_DIRECTORY ${made})

# What the executable says of itself. Of another architecture it runs under the
# preset's emulator.
add_custom_command(OUTPUT ${made}/observer.1.gz
  COMMAND observer man > ${made}/observer.1
  COMMAND gzip -9nf ${made}/observer.1
  DEPENDS observer VERBATIM)
foreach(shell bash zsh fish)
  add_custom_command(OUTPUT ${made}/completion.${shell}
    COMMAND observer completion ${shell} > ${made}/completion.${shell}
    DEPENDS observer VERBATIM)
  list(APPEND completions ${made}/completion.${shell})
endforeach()
# The example names the folder that the package makes, so that the service and
# commands by hand speak of the same records wherever they are called.
add_custom_command(OUTPUT ${made}/observer.toml
  COMMAND observer config --example > ${made}/example
  COMMAND sed "s|^# dir = \"./data\"$|dir = \"/var/lib/observer\"|"
          ${made}/example > ${made}/observer.toml
  COMMAND grep -qx "dir = \"/var/lib/observer\"" ${made}/observer.toml
  COMMAND ${CMAKE_COMMAND} -E rm ${made}/example
  DEPENDS observer VERBATIM)
foreach(text changelog README.md)
  set(source ${from}/${text})
  if(NOT EXISTS ${source})
    set(source ${PROJECT_SOURCE_DIR}/${text})
  endif()
  add_custom_command(OUTPUT ${made}/${text}.gz
    COMMAND gzip -9nc ${source} > ${made}/${text}.gz
    DEPENDS ${source} VERBATIM)
  list(APPEND texts ${made}/${text}.gz)
endforeach()
# gdb finds symbols by build-id.
add_custom_command(OUTPUT ${made}/debug/made
  COMMAND ${CMAKE_COMMAND} -DOF=$<TARGET_FILE:observer> -DINTO=${made}/debug
          -P ${from}/symbols.cmake
  DEPENDS observer ${from}/symbols.cmake VERBATIM)
add_custom_target(package_files DEPENDS observer ${made}/debug/made
  ${made}/observer.1.gz ${completions} ${made}/observer.toml ${texts})

# A umask of the builder's is no part of the package.
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME service)

install(PROGRAMS $<TARGET_FILE:observer> DESTINATION usr/bin)
install(FILES ${PROJECT_SOURCE_DIR}/config/systemd/observer.service
  DESTINATION lib/systemd/system)
install(FILES ${from}/observer.sysusers DESTINATION usr/lib/sysusers.d
  RENAME observer.conf)
install(FILES ${made}/observer.1.gz DESTINATION usr/share/man/man1)
install(FILES ${made}/completion.bash
  DESTINATION usr/share/bash-completion/completions RENAME observer)
install(FILES ${made}/completion.zsh
  DESTINATION usr/share/zsh/vendor-completions RENAME _observer)
install(FILES ${made}/completion.fish
  DESTINATION usr/share/fish/vendor_completions.d RENAME observer.fish)
install(FILES ${texts} ${from}/copyright DESTINATION ${doc})
install(FILES ${made}/observer.toml
  ${PROJECT_SOURCE_DIR}/config/systemd/credentials.conf
  DESTINATION ${doc}/examples)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config/prometheus
  ${PROJECT_SOURCE_DIR}/config/grafana ${PROJECT_SOURCE_DIR}/config/duckdb
  DESTINATION usr/share/observer FILE_PERMISSIONS
  OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
  PATTERN "*.test.yml" EXCLUDE)
install(FILES ${made}/changelog.gz ${from}/copyright
  DESTINATION usr/share/doc/observer-dbgsym COMPONENT dbgsym)
install(DIRECTORY ${made}/debug/.build-id DESTINATION usr/lib/debug
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
  COMPONENT dbgsym)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME observer)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CPACK_STRIP_FILES OFF) # done, with the symbols kept
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL service dbgsym)
set(CPACK_PROJECT_CONFIG_FILE ${from}/describe.cmake)
set(CPACK_OBSERVER_CONTROL ${from})
include(CPack)
