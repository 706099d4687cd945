# Installs the packages of a lock file in a folder of the build:
#   cmake -DFROM=DIR -DINTO=DIR -DNPM=PATH -P install_packages.cmake
# No package runs a script of its own, and what is cached is not fetched.
file(MAKE_DIRECTORY "${INTO}")
file(COPY "${FROM}/package.json" "${FROM}/package-lock.json" "${FROM}/.npmrc"
  DESTINATION "${INTO}")
execute_process(
  COMMAND "${NPM}" ci --prefer-offline --ignore-scripts --no-audit --no-fund
          --no-update-notifier --loglevel=error
  WORKING_DIRECTORY "${INTO}" RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "npm could not install the web console's packages "
    "(above). They are fetched once and cached; without a way to the registry "
    "build with -DOBSERVER_CONSOLE=OFF.")
endif()
file(TOUCH "${INTO}/installed")
