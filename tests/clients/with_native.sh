#!/usr/bin/env bash
# Runs a client test on the databases' own drivers: what the client's users are used to, and so what must
# not fail through Sluice. Not a test itself.
#
#   with_native.sh SERVERS WORK_DIR COMMAND…
#
# SERVERS has postgres/env and mariadb/env (scripts/private-*.sh). The data sources are called pg and mysql,
# as those of with_relay.sh. Debian's packages are odbc-postgresql and odbc-mariadb.
set -euo pipefail

[[ $# -ge 3 ]] || {
  echo "usage: $0 SERVERS WORK_DIR COMMAND…" >&2
  exit 2
}
servers=$1
work=$2
shift 2

# shellcheck source=/dev/null
source "$servers/postgres/env"
# shellcheck source=/dev/null
source "$servers/mariadb/env"

mkdir -p "$work"
printf '[%s]\nDriver = %s\n' PostgreSQL psqlodbcw.so MariaDB libmaodbc.so >"$work/odbcinst.ini"
cat >"$work/odbc.ini" <<INI
[pg]
Driver     = PostgreSQL
Servername = $PG_HOST
Port       = $PG_PORT
Database   = $PG_DATABASE
Username   = $PG_USER
Password   = $PG_PASSWORD

[mysql]
Driver   = MariaDB
SERVER   = $MYSQL_HOST
PORT     = $MYSQL_PORT
DATABASE = $MYSQL_DATABASE
UID      = $MYSQL_USER
PWD      = $MYSQL_PASSWORD
CHARSET  = utf8mb4
INI
export ODBCSYSINI=$work ODBCINI=$work/odbc.ini SLUICE_CONNECTION="DSN=${SLUICE_DSN:-pg}"
exec "$@"
