# Installs the packages of a lock file in a folder of the build:
#   cmake -DFROM=DIR -DINTO=DIR -DNPM=PATH [-DREQUIRED=ON] -P install_packages.cmake
# No package runs a script of its own, and what is cached is not fetched.
# Where they cannot be had, INTO/missing says so and the next build tries again,
# unless they are REQUIRED.
file(MAKE_DIRECTORY "${INTO}")
file(COPY "${FROM}/package.json" "${FROM}/package-lock.json" "${FROM}/.npmrc"
  DESTINATION "${INTO}")
file(REMOVE "${INTO}/missing")
execute_process(
  COMMAND "${NPM}" ci --prefer-offline --ignore-scripts --no-audit --no-fund
          --no-update-notifier --loglevel=error --fetch-retries=1
          --fetch-timeout=20000
  WORKING_DIRECTORY "${INTO}" RESULT_VARIABLE failed TIMEOUT 180)
if(NOT failed)
  file(TOUCH "${INTO}/installed")
elseif(REQUIRED)
  message(FATAL_ERROR "npm could not install the web console's packages "
    "(above). They are fetched once and cached; without a way to the registry "
    "build with -DOBSERVER_CONSOLE=OFF.")
else()
  file(WRITE "${INTO}/missing"
    "npm could not fetch its packages when it was built")
  message("console: npm could not fetch the packages of the web console (see "
    "above): built without it, all else works. The next build tries again.")
endif()
