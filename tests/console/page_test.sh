#!/bin/sh
# The web console in a browser, over a daemon that records a simulated market:
#   tests/console/page_test.sh OBSERVER page|tabs
# Exit 77: skipped, with the reason. Pictures are left in
# build/console-screenshots.
set -eu
observer=$(realpath "$1")
test=$2
cd "$(dirname "$0")/../.."
cd "$(pwd -P)"

skip() {
  echo "skipped: $1"
  exit 77
}
command -v node >/dev/null || skip "node is not installed"
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || skip "chromium is not installed"
tests/console/packages || skip "the browser test's packages could not be fetched"

folder=$(mktemp -d)
log="$folder/log"
# Some port that is free now.
port=$((20000 + $$ % 20000))
"$observer" demo --data-dir "$folder/data" --port "$port" --seconds 600 \
  2>"$log" &
daemon=$!
trap 'kill "$daemon" 2>/dev/null || true; wait "$daemon" || true; rm -rf "$folder"' EXIT
BASE="http://127.0.0.1:$port"
export BASE
node -e '
  const end = Date.now() + 20_000;
  const ask = () => fetch(process.env.BASE + "/ready")
    .then((answer) => answer.ok ? process.exit(0) : Promise.reject())
    .catch(() => Date.now() > end ? process.exit(1) : setTimeout(ask, 100));
  ask();' || {
  cat "$log"
  echo "the daemon did not become ready"
  exit 1
}
node -e '
  fetch(process.env.BASE + "/").then((answer) => answer.text())
    .then((page) => process.exit(page.includes("built without") ? 77 : 0));' \
  || skip "this build has no web console: its packages could not be fetched"
# A browser on a busy machine may miss a moment; what is wrong fails twice.
node "tests/console/$test.test.mjs" || node "tests/console/$test.test.mjs"
