# Lays an executable's symbols where gdb looks for them:
#   cmake -DOF=EXECUTABLE -DINTO=DIR -P symbols.cmake
# copies EXECUTABLE.debug to DIR/.build-id/01/2345….debug
execute_process(COMMAND readelf -nW "${OF}" OUTPUT_VARIABLE notes
  COMMAND_ERROR_IS_FATAL ANY)
if(NOT notes MATCHES "Build ID: ([0-9a-f][0-9a-f])([0-9a-f]+)")
  message(FATAL_ERROR "${OF} has no build-id")
endif()
set(folder "${INTO}/.build-id/${CMAKE_MATCH_1}")
set(name "${CMAKE_MATCH_2}.debug")
file(REMOVE_RECURSE "${INTO}")
file(MAKE_DIRECTORY "${folder}")
file(COPY_FILE "${OF}.debug" "${folder}/${name}")
file(TOUCH "${INTO}/made")
