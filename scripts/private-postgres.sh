#!/usr/bin/env bash
# Starts and stops a private, throw-away PostgreSQL server for tests and the quick start.
#
#   private-postgres.sh start DIR    starts a server and writes DIR/env; says so when it runs already
#   private-postgres.sh standby DIR PRIMARY
#                                    starts one that follows the server of the directory PRIMARY
#   private-postgres.sh down|up DIR  ends the server and keeps its files; starts it again on its port
#   private-postgres.sh stop DIR     stops that server and removes its files
#
# DIR/env has lines for the shell: PG_HOST, PG_PORT, PG_SOCKET_DIR, PG_USER, PG_PASSWORD,
# PG_DATABASE, PG_PID, PG_RUN_DIR. The server listens on 127.0.0.1 and on a unix socket; the user is a
# superuser with a random password. Nothing is durable: fsync is off.
#
# PostgreSQL refuses to run as root, so root's server runs as the user `postgres`. Data and socket are
# in a directory of /tmp: that user may enter it, and the socket's path stays below 107 bytes.
set -euo pipefail

readonly start_seconds=30
readonly stop_seconds=20

fail() {
  echo "private-postgres: $*" >&2
  exit 1
}

newest_bin_directory() {
  local newest
  newest=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  [[ -n $newest && -x $newest/initdb ]] || fail "no PostgreSQL server under /usr/lib/postgresql"
  echo "$newest"
}

# Runs a command as the user that may run a server.
as_server_user() {
  if [[ $(id -u) -eq 0 ]]; then
    (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups "$@")
  else
    "$@"
  fi
}

# True when DIR/env names a server that still runs. Sets PG_*.
is_running() {
  [[ -r $1/env ]] || return 1
  # shellcheck source=/dev/null
  source "$1/env"
  [[ -n ${PG_PID:-} && -n ${PG_RUN_DIR:-} ]] || return 1
  local recorded
  recorded=$(head -n 1 "$PG_RUN_DIR/data/postmaster.pid" 2>/dev/null) || return 1
  [[ $recorded == "$PG_PID" ]] && kill -0 "$PG_PID" 2>/dev/null
}

create_cluster() {
  local bin=$1 run_dir=$2 password=$3
  printf '%s\n' "$password" >"$run_dir/password"
  chmod 600 "$run_dir/password"
  if [[ $(id -u) -eq 0 ]]; then chown -R postgres: "$run_dir"; fi
  as_server_user "$bin/initdb" --pgdata="$run_dir/data" --username=sluice --encoding=UTF8 \
    --locale=C.UTF-8 --auth=scram-sha-256 --pwfile="$run_dir/password" --no-sync \
    >"$run_dir/initdb.log" 2>&1 || fail "initdb failed: $(cat "$run_dir/initdb.log")"
  rm -f "$run_dir/password"
  cat >>"$run_dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$run_dir'
max_connections = 100
fsync = off
synchronous_commit = off
full_page_writes = off
password_encryption = 'scram-sha-256'
CONF
  echo 'CREATE DATABASE sluice' |
    as_server_user "$bin/postgres" --single -D "$run_dir/data" postgres \
      >>"$run_dir/initdb.log" 2>&1 || fail "no database: $(cat "$run_dir/initdb.log")"
}

# Starts the server on a free port: a port that is taken makes it end, and another one is tried.
# Sets the variable port.
start_server() {
  local bin=$1 run_dir=$2 attempt
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    : >"$run_dir/log"
    if [[ $(id -u) -eq 0 ]]; then chown postgres: "$run_dir/log"; fi
    if as_server_user "$bin/pg_ctl" start --wait --timeout="$start_seconds" --silent \
      --pgdata="$run_dir/data" --log="$run_dir/log" --options="-p $port" >/dev/null 2>&1; then
      return 0
    fi
    grep -q 'could not create any TCP/IP sockets\|could not bind' "$run_dir/log" || break
  done
  fail "the server did not start (attempt $attempt): $(cat "$run_dir/log")"
}

# A copy of a server that runs, which goes on following it.
copy_cluster() {
  local bin=$1 run_dir=$2 primary=$3
  if [[ $(id -u) -eq 0 ]]; then chown postgres: "$run_dir"; fi
  (
    # shellcheck source=/dev/null
    source "$primary/env"
    export PGPASSWORD=$PG_PASSWORD
    as_server_user "$bin/pg_basebackup" --host="$PG_HOST" --port="$PG_PORT" --username="$PG_USER" \
      --pgdata="$run_dir/data" --write-recovery-conf --wal-method=stream --checkpoint=fast --no-sync
  ) >"$run_dir/initdb.log" 2>&1 || fail "pg_basebackup failed: $(cat "$run_dir/initdb.log")"
  echo "unix_socket_directories = '$run_dir'" >>"$run_dir/data/postgresql.conf"
}

# start DIR [PRIMARY]
start() {
  local dir=$1 primary=${2:-} bin run_dir password port pid
  mkdir -p "$dir"
  if is_running "$dir"; then
    echo "PostgreSQL is running already: port $PG_PORT, settings in $dir/env"
    return
  fi
  bin=$(newest_bin_directory)
  run_dir=$(mktemp -d /tmp/sluice-pg.XXXXXX)
  chmod 755 "$run_dir"
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  # A server that did not come up leaves nothing behind.
  # shellcheck disable=SC2064
  trap "rm -rf '$run_dir'" EXIT
  if [[ -z $primary ]]; then
    create_cluster "$bin" "$run_dir" "$password"
  else
    copy_cluster "$bin" "$run_dir" "$primary"
    # shellcheck source=/dev/null
    password=$(source "$primary/env" && echo "$PG_PASSWORD")
  fi
  start_server "$bin" "$run_dir"
  trap - EXIT
  pid=$(head -n 1 "$run_dir/data/postmaster.pid")
  (umask 077 && cat >"$dir/env.new" <<ENV
PG_HOST=127.0.0.1
PG_PORT=$port
PG_SOCKET_DIR=$run_dir
PG_USER=sluice
PG_PASSWORD=$password
PG_DATABASE=sluice
PG_PID=$pid
PG_RUN_DIR=$run_dir
ENV
  )
  mv "$dir/env.new" "$dir/env"
  echo "PostgreSQL is running: port $port, settings in $dir/env"
}

stop() {
  local dir=$1 waited
  if ! is_running "$dir"; then
    if [[ ${PG_RUN_DIR:-} == /tmp/sluice-pg.* ]]; then rm -rf "$PG_RUN_DIR"; fi
    rm -f "$dir/env"
    echo "PostgreSQL is not running"
    return
  fi
  kill -INT "$PG_PID" # fast shutdown: sessions are ended
  for ((waited = 0; waited < stop_seconds * 10; waited++)); do
    kill -0 "$PG_PID" 2>/dev/null || break
    if ((waited == stop_seconds * 5)); then kill -QUIT "$PG_PID" 2>/dev/null || true; fi
    sleep 0.1
  done
  if kill -0 "$PG_PID" 2>/dev/null; then fail "server $PG_PID does not stop"; fi
  if [[ $PG_RUN_DIR == /tmp/sluice-pg.* ]]; then rm -rf "$PG_RUN_DIR"; fi
  rm -f "$dir/env"
  echo "PostgreSQL is stopped"
}

# The server ends and its data stay: what clients see is a server that is down.
down() {
  is_running "$1" || fail "it is not running"
  as_server_user "$(newest_bin_directory)/pg_ctl" stop --mode=fast --silent --pgdata="$PG_RUN_DIR/data"
}

# On the same port.
up() {
  local dir=$1
  # shellcheck source=/dev/null
  source "$dir/env"
  as_server_user "$(newest_bin_directory)/pg_ctl" start --wait --timeout="$start_seconds" --silent \
    --pgdata="$PG_RUN_DIR/data" --log="$PG_RUN_DIR/log" --options="-p $PG_PORT" >/dev/null 2>&1 ||
    fail "the server did not start: $(cat "$PG_RUN_DIR/log")"
  sed -i "s/^PG_PID=.*/PG_PID=$(head -n 1 "$PG_RUN_DIR/data/postmaster.pid")/" "$dir/env"
}

case ${1:-}:$# in
  start:2) start "$2" ;;
  standby:3) start "$2" "$3" ;;
  stop:2) stop "$2" ;;
  down:2) down "$2" ;;
  up:2) up "$2" ;;
  *) fail "usage: private-postgres.sh start|stop|down|up DIR or private-postgres.sh standby DIR PRIMARY" ;;
esac
