#!/usr/bin/env bash
# Starts and stops a private relay in front of the private database servers, for tests and the quick start.
#
#   private-relay.sh start DIR SLUICED SERVERS   SERVERS has postgres/env and mariadb/env
#   private-relay.sh stop DIR                    ends the relay (SIGTERM, so it drains)
#
# Writes DIR/sluiced.toml, DIR/sluiced.log and DIR/env with lines for the shell: RELAY_HOST, RELAY_PORT,
# RELAY_HTTP_PORT, RELAY_USER, RELAY_PASSWORD, RELAY_PID. Pools: pg and mysql. A relay that runs already is kept.
# MAX_CONNECTIONS (default 20) sets the size of both pools, SLUICE_PORT the port that is tried first.
set -euo pipefail

readonly start_seconds=15
readonly stop_seconds=45

fail() {
  echo "private-relay: $*" >&2
  exit 1
}

is_running() {
  [[ -r $1/env ]] || return 1
  # shellcheck source=/dev/null
  source "$1/env"
  [[ -n ${RELAY_PID:-} ]] && kill -0 "$RELAY_PID" 2>/dev/null &&
    tr '\0' ' ' <"/proc/$RELAY_PID/cmdline" | grep -q "$1/sluiced.toml"
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

choose_port() {
  local port=$1
  until port_is_free "$port"; do port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000)); done
  echo "$port"
}

write_config() {
  local dir=$1 hash=$2 max=${MAX_CONNECTIONS:-20}
  (umask 077 && cat >"$dir/sluiced.toml" <<TOML
# A relay for trying things out. docs/relay-config.md tells every key.
[relay]
listen      = ["127.0.0.1:$RELAY_PORT", "unix:$dir/relay.sock"]
http_listen = "127.0.0.1:$RELAY_HTTP_PORT"

[pools.pg]
backend         = "postgres"
hosts           = ["$PG_SOCKET_DIR:$PG_PORT"]
database        = "$PG_DATABASE"
user            = "$PG_USER"
password        = "$PG_PASSWORD"
max_connections = $max

[pools.mysql]
backend         = "mysql"
hosts           = ["$MYSQL_SOCKET"]
database        = "$MYSQL_DATABASE"
user            = "$MYSQL_USER"
password        = "$MYSQL_PASSWORD"
max_connections = $max

[users.$RELAY_USER]
password_hash = "$hash"
pools         = ["pg", "mysql"]
TOML
  )
}

wait_until_ready() {
  local dir=$1 pid=$2 waited
  for ((waited = 0; waited < start_seconds * 10; waited++)); do
    kill -0 "$pid" 2>/dev/null || break
    if ! port_is_free "$RELAY_PORT"; then return 0; fi
    sleep 0.1
  done
  kill -0 "$pid" 2>/dev/null && kill "$pid"
  fail "the relay did not start: $(cat "$dir/sluiced.log")"
}

start() {
  local dir=$1 sluiced=$2 servers=$3 hash pid
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  if is_running "$dir"; then
    echo "The relay is running already: port $RELAY_PORT"
    return
  fi
  # shellcheck source=/dev/null
  source "$servers/postgres/env"
  # shellcheck source=/dev/null
  source "$servers/mariadb/env"
  RELAY_USER=demo
  RELAY_PASSWORD=$(random_hex 8)
  RELAY_PORT=$(choose_port "${SLUICE_PORT:-7432}")
  RELAY_HTTP_PORT=$(choose_port $((RELAY_PORT + 1)))
  hash=$("$sluiced" --hash-password <<<"$RELAY_PASSWORD")
  write_config "$dir" "$hash"
  "$sluiced" --config "$dir/sluiced.toml" --check-config >/dev/null
  setsid "$sluiced" --config "$dir/sluiced.toml" </dev/null >"$dir/sluiced.log" 2>&1 &
  pid=$!
  (umask 077 && cat >"$dir/env" <<ENV
RELAY_HOST=127.0.0.1
RELAY_PORT=$RELAY_PORT
RELAY_HTTP_PORT=$RELAY_HTTP_PORT
RELAY_SOCKET=$dir/relay.sock
RELAY_USER=$RELAY_USER
RELAY_PASSWORD=$RELAY_PASSWORD
RELAY_PID=$pid
ENV
  )
  wait_until_ready "$dir" "$pid"
  echo "The relay is running: port $RELAY_PORT, log in $dir/sluiced.log"
}

stop() {
  local dir=$1 waited
  [[ -d $dir ]] && dir=$(cd "$dir" && pwd)
  if ! is_running "$dir"; then
    rm -f "$dir/env"
    echo "The relay is not running"
    return
  fi
  kill -TERM "$RELAY_PID"
  for ((waited = 0; waited < stop_seconds * 10; waited++)); do
    kill -0 "$RELAY_PID" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$RELAY_PID" 2>/dev/null; then
    kill -KILL "$RELAY_PID"
    fail "the relay did not end within $stop_seconds s"
  fi
  rm -f "$dir/env"
  echo "The relay is stopped"
}

case ${1:-}:$# in
  start:4) start "$2" "$3" "$4" ;;
  stop:2) stop "$2" ;;
  *) fail "usage: private-relay.sh start DIR SLUICED SERVERS | stop DIR" ;;
esac
