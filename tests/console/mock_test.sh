#!/bin/sh
# The web console over the mock backend:
#   tests/console/mock_test.sh parts|access|load
# Exit 77: skipped, with the reason.
set -eu
test=$1
cd "$(dirname "$0")/../.."
cd "$(pwd -P)"

skip() {
  echo "skipped: $1"
  exit 77
}
command -v node >/dev/null || skip "node is not installed"
command -v esbuild >/dev/null || skip "esbuild is not installed"
[ "$test" = parts ] || [ -x "${CHROMIUM:-/usr/bin/chromium}" ] \
  || skip "chromium is not installed"
tests/console/packages || skip "the browser test's packages could not be fetched"
# A browser on a busy machine may miss a moment; what is wrong fails twice.
node "tests/console/$test.test.mjs" || node "tests/console/$test.test.mjs"
