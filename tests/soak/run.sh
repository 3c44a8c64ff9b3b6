#!/usr/bin/env bash
# For minutes: hundreds of applications, each with an oracle, on ten backend connections of each database;
# and connects that leave in every way, to see what they leave behind.
#
#   tests/soak/run.sh BUILD [--seconds N] [--sessions N] [--seed N] [--connects N]
#
# BUILD is a build directory with sluiced, the driver and oracle_test. Starts private servers and a relay,
# stops them again, and prints what the applications did, how long requests waited for a backend connection
# (from the relay's metrics), and what was left behind.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
shift
while [[ $# -gt 0 ]]; do
  case $1 in
    --seconds) export SLUICE_SOAK_SECONDS=$2 ;;
    --sessions) export SLUICE_SOAK_SESSIONS=$2 ;;
    --seed) export SLUICE_SOAK_SEED=$2 ;;
    --connects) export SLUICE_SOAK_CONNECTS=$2 ;;
    *) echo "run.sh: unknown option $1" >&2 && exit 2 ;;
  esac
  shift 2
done
export SLUICE_SOAK_SECONDS=${SLUICE_SOAK_SECONDS:-120} SLUICE_SOAK_SESSIONS=${SLUICE_SOAK_SESSIONS:-500}

servers=$build/servers-soak
export SLUICE_TEST_SERVERS=$servers
mkdir -p "$servers"
stop() {
  "$root/scripts/private-relay.sh" stop "$servers/relay10"
  "$root/scripts/private-postgres.sh" stop "$servers/postgres"
  "$root/scripts/private-mariadb.sh" stop "$servers/mariadb"
}
trap stop EXIT
"$root/scripts/private-postgres.sh" start "$servers/postgres"
"$root/scripts/private-mariadb.sh" start "$servers/mariadb"
SLUICE_PORT=0 MAX_CONNECTIONS=10 DATABASE=sluice10 \
  "$root/scripts/private-relay.sh" start "$servers/relay10" "$build/relay_server/sluiced" "$servers"
# shellcheck source=/dev/null
source "$servers/relay10/env"

status() { grep -E 'VmRSS|Threads' "/proc/$RELAY_PID/status" | tr -s '\t ' ' ' | paste -sd, &&
  echo "file descriptors $(find "/proc/$RELAY_PID/fd" -mindepth 1 | wc -l)"; }
echo "before: $(status | paste -sd,)"
code=0
"$build/tests/soak/oracle_test" || code=$?
echo "after: $(status | paste -sd,)"
curl -fsS "http://127.0.0.1:$RELAY_HTTP_PORT/metrics" |
  grep -E 'sluice_sessions |wait_seconds|waits_total|wait_timeouts|retries|audit|pins_total|_(active|waiting)_' | grep -v '^#'
exit "$code"
