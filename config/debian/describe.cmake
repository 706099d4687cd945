# What the packages say of themselves; read by CPack when it packs. The
# environment, set by runtime/package: PACKAGE_ARCHITECTURE, PACKAGE_DEPENDS.
foreach(name PACKAGE_ARCHITECTURE PACKAGE_DEPENDS)
  if("$ENV{${name}}" STREQUAL "")
    message(FATAL_ERROR "${name} is not set: packages are made by "
      "runtime/package, which finds what they depend on")
  endif()
endforeach()
set(CPACK_DEBIAN_PACKAGE_MAINTAINER
  "Observer maintainers <observer@packages.invalid>")
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE $ENV{PACKAGE_ARCHITECTURE})
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_SERVICE_PACKAGE_NAME observer)
set(CPACK_DEBIAN_SERVICE_FILE_NAME
  observer_${CPACK_PACKAGE_VERSION}_$ENV{PACKAGE_ARCHITECTURE}.deb)
set(CPACK_DEBIAN_SERVICE_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_SERVICE_PACKAGE_PRIORITY optional)
# As Debian's own packages do: on a machine with systemd nothing is added, on
# one without it a small program that makes the user.
set(CPACK_DEBIAN_SERVICE_PACKAGE_DEPENDS
  "$ENV{PACKAGE_DEPENDS}, systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_SERVICE_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_SERVICE_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_SERVICE_PACKAGE_CONTROL_EXTRA
  "${CPACK_OBSERVER_CONTROL}/postinst;${CPACK_OBSERVER_CONTROL}/prerm;\
${CPACK_OBSERVER_CONTROL}/postrm")
set(CPACK_COMPONENT_SERVICE_DESCRIPTION
  "recorder of real-time market data of a KIS account
Observer records the real-time trades and quotes of a Korea Investment &
Securities account. Every record that reaches the socket is on disk as a JSON
line, or counted with the reason why not; where data is short, the cause has a
name within seconds.

It serves a console, its status and metrics over HTTP, and proves afterwards,
from the files alone, what is in them and what is missing.")

set(CPACK_DEBIAN_DBGSYM_PACKAGE_NAME observer-dbgsym)
set(CPACK_DEBIAN_DBGSYM_FILE_NAME
  observer-dbgsym_${CPACK_PACKAGE_VERSION}_$ENV{PACKAGE_ARCHITECTURE}.deb)
set(CPACK_DEBIAN_DBGSYM_PACKAGE_SECTION debug)
set(CPACK_DEBIAN_DBGSYM_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_DBGSYM_PACKAGE_DEPENDS
  "observer (= ${CPACK_PACKAGE_VERSION})")
set(CPACK_COMPONENT_DBGSYM_DESCRIPTION "symbols of the recorder observer, for gdb
With them a crash of observer is read as functions and lines: gdb finds them by
the build-id of the executable.")
