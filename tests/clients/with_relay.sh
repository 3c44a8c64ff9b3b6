#!/usr/bin/env bash
# Runs a command with data sources of its own, which lead through a private relay:
#
#   with_relay.sh DRIVER RELAY_DIR WORK_DIR COMMAND…
#
# Writes odbc.ini and odbcinst.ini to WORK_DIR and lets the driver manager see no others. The data sources
# are called as the relay's pools: pg and mysql. The command finds RELAY_… (scripts/private-relay.sh) and
# SLUICE_DRIVER and SLUICE_CONNECTION in its environment. A driver with sanitizers needs SLUICE_PRELOAD: the libraries that must
# be in the command before it.
set -euo pipefail

[[ $# -ge 4 ]] || {
  echo "usage: $0 DRIVER RELAY_DIR WORK_DIR COMMAND…" >&2
  exit 2
}
SLUICE_DRIVER=$1
relay=$2
work=$3
shift 3
export SLUICE_DRIVER

set -a
# shellcheck source=/dev/null
source "$relay/env"
set +a

mkdir -p "$work"
printf '[Sluice]\nDescription = Sluice ODBC driver\nDriver = %s\n' "$SLUICE_DRIVER" >"$work/odbcinst.ini"
: >"$work/odbc.ini"
for pool in pg mysql; do
  cat >>"$work/odbc.ini" <<INI
[$pool]
Driver   = Sluice
Server   = $RELAY_HOST
Port     = $RELAY_PORT
Database = $pool
UID      = $RELAY_USER
PWD      = $RELAY_PASSWORD
BoolsAsChar = no
INI
done
# For connecting without a data source, to the pool that SLUICE_DSN names.
export SLUICE_CONNECTION="Driver=Sluice;Server=$RELAY_HOST;Port=$RELAY_PORT;Database=${SLUICE_DSN:-pg};\
UID=$RELAY_USER;PWD=$RELAY_PASSWORD"
export ODBCSYSINI=$work ODBCINI=$work/odbc.ini
if [[ -n ${SLUICE_PRELOAD:-} ]]; then
  # What the command leaks is not the driver's.
  export LD_PRELOAD=$SLUICE_PRELOAD ASAN_OPTIONS=detect_leaks=0:strict_string_checks=1
fi
exec "$@"
