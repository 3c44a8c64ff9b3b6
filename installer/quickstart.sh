#!/usr/bin/env bash
# From a bare Debian to a running relay on private throw-away PostgreSQL and MariaDB servers, with DSNs
# registered and a query answered.
#
#   installer/quickstart.sh          install what is missing, build, start, register, show
#   installer/quickstart.sh stop     stop everything and take the DSNs out again
#   installer/quickstart.sh status   what runs
#
# Runs as root, or as a user when the packages are there. All state is in one directory (below); a second
# run keeps what runs already. SLUICE_QUICKSTART_DIR chooses another directory.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly repository
if [[ $(id -u) -eq 0 ]]; then
  default_state=/var/lib/sluice-quickstart
else
  default_state=${XDG_STATE_HOME:-$HOME/.local/state}/sluice-quickstart
fi
readonly state=${SLUICE_QUICKSTART_DIR:-$default_state}
readonly build=$repository/build/release
readonly driver=$build/lib/libsluiceodbc.so
readonly relay=$build/relay_server/sluiced
readonly data_sources=(sluice_pg sluice_mysql)

step() { printf '\n==> %s\n' "$*"; }

build_sluice() {
  step "Building driver and relay in $build"
  mkdir -p "$state"
  (
    cd "$repository"
    cmake --preset release -DSLUICE_BUILD_TESTS=OFF
    cmake --build --preset release --target sluiceodbc sluiced -j "$(nproc)"
  ) >"$state/build.log" 2>&1 || {
    tail -n 40 "$state/build.log" >&2
    echo "The build failed; the whole output is in $state/build.log" >&2
    exit 1
  }
}

start_servers() {
  step "Starting private servers in $state"
  "$repository/scripts/private-postgres.sh" start "$state/servers/postgres"
  "$repository/scripts/private-mariadb.sh" start "$state/servers/mariadb"
  "$repository/scripts/private-relay.sh" start "$state/relay" "$relay" "$state/servers"
  # shellcheck source=/dev/null
  source "$state/relay/env"
}

# [Sluice] in odbcinst.ini and two data sources in the user's odbc.ini, through odbcinst, which leaves
# everything else in those files alone.
register() {
  local ini_of_user
  ini_of_user=$(odbcinst -j | sed -n 's/^USER DATA SOURCES..: //p')
  step "Registering the data sources ${data_sources[*]} in $ini_of_user"
  if [[ -s $ini_of_user && ! -e $state/odbc.ini.before ]]; then
    cp "$ini_of_user" "$state/odbc.ini.before"
    echo "That file exists: it keeps its other data sources; a copy of it is $state/odbc.ini.before"
  fi
  if [[ $(id -u) -eq 0 ]] && ! odbcinst -q -d -n Sluice >/dev/null 2>&1; then
    printf '[Sluice]\nDescription = Sluice ODBC driver\nDriver = %s\n' "$driver" >"$state/driver.ini"
    odbcinst -i -d -f "$state/driver.ini" >/dev/null
    touch "$state/driver-registered"
    echo "The driver is registered as [Sluice]"
  fi
  local name pool
  for name in "${data_sources[@]}"; do
    pool=${name#sluice_}
    (umask 077 && cat >"$state/$name.ini" <<INI
[$name]
Description = Quick start: pool $pool through the Sluice relay
Driver      = $driver
Server      = $RELAY_HOST
Port        = $RELAY_PORT
Database    = $pool
UID         = $RELAY_USER
PWD         = $RELAY_PASSWORD
INI
    )
    odbcinst -u -s -h -n "$name" >/dev/null 2>&1 || true
    odbcinst -i -s -h -f "$state/$name.ini" >/dev/null
  done
}

unregister() {
  local name
  command -v odbcinst >/dev/null || return 0
  for name in "${data_sources[@]}"; do odbcinst -u -s -h -n "$name" >/dev/null 2>&1 || true; done
  if [[ -e $state/driver-registered ]]; then
    odbcinst -u -d -n Sluice >/dev/null 2>&1 || true
    rm -f "$state/driver-registered"
  fi
}

show() {
  local dsn=$1 query=$2
  printf '\n$ echo "%s" | isql -v %s\n' "$query" "$dsn"
  # isql tells errors in its output only.
  local output
  output=$(echo "$query" | isql -v -b "$dsn" 2>&1)
  printf '%s\n' "$output"
  if grep -q '\[ISQL\]ERROR' <<<"$output"; then
    echo "The query failed; the relay's log is $state/relay/sluiced.log" >&2
    exit 1
  fi
}

explain() {
  cat <<TEXT

Sluice runs. Go on with:
  isql -v sluice_pg                     PostgreSQL through the relay
  isql -v sluice_mysql                  MariaDB through the relay
  /usr/bin/python3 -c 'import pyodbc; print(pyodbc.connect("DSN=sluice_pg").execute("SELECT 1").fetchall())'

  configuration   $state/relay/sluiced.toml
  relay's log     $state/relay/sluiced.log
  all state       $state
  stop            $repository/installer/quickstart.sh stop

Your own database: add a [pools.NAME] with its host, database, user and password to the configuration,
name the pool in the "pools" of [users.demo], reload with  kill -HUP $RELAY_PID  and set Database = NAME
in the data source. docs/relay-config.md and docs/connection-options.md tell every key.
TEXT
}

start() {
  step "Looking for packages"
  "$repository/scripts/install-packages.sh" demo
  build_sluice
  start_servers
  register
  step "A query on each database"
  show sluice_pg "SELECT version()"
  show sluice_mysql "SELECT version()"
  explain
}

stop() {
  unregister
  "$repository/scripts/private-relay.sh" stop "$state/relay"
  "$repository/scripts/private-mariadb.sh" stop "$state/servers/mariadb"
  "$repository/scripts/private-postgres.sh" stop "$state/servers/postgres"
  echo "State and logs are left in $state; remove that directory when you no longer need them."
}

status() {
  local name
  for name in servers/postgres servers/mariadb relay; do
    if [[ -r $state/$name/env ]]; then
      echo "$name: started, $(grep -E '^[A-Z]+_(PORT|PID)=' "$state/$name/env" | tr '\n' ' ')"
    else
      echo "$name: stopped"
    fi
  done
}

case ${1:-start} in
  start) start ;;
  stop) stop ;;
  status) status ;;
  *)
    sed -n '2,10p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//' >&2
    exit 2
    ;;
esac
