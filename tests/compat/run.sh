#!/usr/bin/env bash
# Runs the call sequences on Sluice and on the database's native driver, in front of the same server, and
# compares what they did:
#
#   run.sh postgres|mysql DRIVER SERVERS RELAY WORK_DIR [SEQUENCE…]
#
# SERVERS has postgres/env and mariadb/env, RELAY the relay's env. Leaves native.txt and sluice.txt in
# WORK_DIR. Fails on a difference that expected_DATABASE.txt does not tell, and on one told that is none.
set -euo pipefail

[[ $# -ge 5 ]] || {
  echo "usage: $0 postgres|mysql DRIVER SERVERS RELAY WORK_DIR [SEQUENCE…]" >&2
  exit 2
}
database=$1 driver=$2 servers=$3 relay=$4 work=$5
shift 5
here=$(cd "$(dirname "$0")" && pwd)
python=${SLUICE_PYTHON:-/usr/bin/python3}

find_driver() {
  local found
  found=$(find /usr/lib /usr/local/lib -name "$1" -print -quit 2>/dev/null)
  [[ -n $found ]] || {
    echo "$1 is not installed: scripts/install-packages.sh test" >&2
    exit 1
  }
  echo "$found"
}

# shellcheck source=/dev/null
source "$relay/env"
if [[ $database == postgres ]]; then
  # shellcheck source=/dev/null
  source "$servers/postgres/env"
  pool=pg
  native="Driver=$(find_driver psqlodbcw.so);Server=$PG_HOST;Port=$PG_PORT;Database=$PG_DATABASE"
  native+=";UID=$PG_USER;PWD=$PG_PASSWORD"
else
  # shellcheck source=/dev/null
  source "$servers/mariadb/env"
  pool=mysql
  native="Driver=$(find_driver libmaodbc.so);Server=$MYSQL_HOST;Port=$MYSQL_PORT;Database=$MYSQL_DATABASE"
  native+=";UID=$MYSQL_USER;PWD=$MYSQL_PASSWORD"
fi
sluice="Driver=$driver;Server=$RELAY_HOST;Port=$RELAY_PORT;Database=$pool;UID=$RELAY_USER;PWD=$RELAY_PASSWORD"

mkdir -p "$work"
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8 TZ=UTC PYTHONIOENCODING=utf-8
"$python" "$here/transcript.py" "$database" "$native" "$@" >"$work/native.txt"
"$python" "$here/transcript.py" "$database" "$sluice" "$@" >"$work/sluice.txt"
if [[ $# -gt 0 ]]; then set -- --part; fi
"$python" "$here/compare.py" "$@" "$work/native.txt" "$work/sluice.txt" "$here/expected_$database.txt"
