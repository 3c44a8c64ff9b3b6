#!/usr/bin/env bash
# Starts and stops a private relay in front of the private database servers, for tests and the quick start.
#
#   private-relay.sh start DIR SLUICED SERVERS   SERVERS has postgres/env and mariadb/env
#   private-relay.sh stop DIR                    ends the relay (SIGTERM, so it drains)
#
# Writes DIR/sluiced.toml, DIR/sluiced.log and DIR/env with lines for the shell: RELAY_HOST, RELAY_PORT,
# RELAY_HTTP_PORT, RELAY_SOCKET, RELAY_USER, RELAY_PASSWORD, RELAY_PID and RELAY_DATABASE. Pools: pg and
# mysql. A relay that runs already is kept. MAX_CONNECTIONS (default 20) sets the size of both pools,
# SLUICE_PORT the port that is tried first (0: any free one). DATABASE names a database of its own on both servers, made
# when it is not there: whoever counts the relay's connections there counts no other's. AUDIT=false leaves
# out the questions that check what a backend connection is in when it is given back.
#
# stop fails, and prints the log, when the relay did not exit with 0, a sanitizer reported something, or a
# backend connection was given back in another state than the relay believed (audit).
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
  if [[ $port -eq 0 ]]; then port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000)); fi
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
database        = "${DATABASE:-$PG_DATABASE}"
user            = "$PG_USER"
password        = "$PG_PASSWORD"
max_connections = $max
audit           = ${AUDIT:-true}

[pools.mysql]
backend         = "mysql"
hosts           = ["$MYSQL_SOCKET"]
database        = "${DATABASE:-$MYSQL_DATABASE}"
user            = "$MYSQL_USER"
password        = "$MYSQL_PASSWORD"
max_connections = $max
audit           = ${AUDIT:-true}

[users.$RELAY_USER]
password_hash = "$hash"
pools         = ["pg", "mysql"]
TOML
  )
}

create_databases() {
  local exists="SELECT 1 FROM pg_database WHERE datname = '$DATABASE'"
  local psql=(psql --no-psqlrc --quiet --tuples-only --host="$PG_SOCKET_DIR" --port="$PG_PORT"
    --username="$PG_USER" --dbname="$PG_DATABASE")
  if ! PGPASSWORD=$PG_PASSWORD "${psql[@]}" --command="$exists" | grep -q 1; then
    PGPASSWORD=$PG_PASSWORD "${psql[@]}" --command="CREATE DATABASE \"$DATABASE\""
  fi
  MYSQL_PWD=$MYSQL_PASSWORD "$(command -v mariadb || echo mysql)" --no-defaults \
    --socket="$MYSQL_SOCKET" --user="$MYSQL_USER" --execute="CREATE DATABASE IF NOT EXISTS \`$DATABASE\`"
}

# Runs the relay apart from its caller's terminal and pipes; DIR/pid tells its process id, and DIR/exit_code
# how it ended.
launch() {
  local dir=$1 sluiced=$2
  rm -f "$dir/pid" "$dir/exit_code"
  : >"$dir/sluiced.log"
  # shellcheck disable=SC2016
  setsid bash -c 'cd "$1" && { "$2" --config "$1/sluiced.toml" & echo $! >pid.new; mv pid.new pid; }
                  code=0; wait $! || code=$?; echo "$code" >exit_code.new; mv exit_code.new exit_code' \
    launcher "$dir" "$sluiced" </dev/null >>"$dir/sluiced.log" 2>&1 &
  local waited
  for ((waited = 0; waited < start_seconds * 50; waited++)); do
    if [[ -e $dir/pid ]]; then return 0; fi
    sleep 0.02
  done
  fail "the relay was not launched: $(cat "$dir/sluiced.log")"
}

# Ready: it says that it listens. False: it ended, as it does when another process took the port.
wait_until_ready() {
  local dir=$1 waited
  for ((waited = 0; waited < start_seconds * 50; waited++)); do
    if grep -q "listening address=127.0.0.1:$RELAY_PORT" "$dir/sluiced.log"; then return 0; fi
    [[ ! -e $dir/exit_code ]] || return 1
    sleep 0.02
  done
  kill "$(cat "$dir/pid")"
  fail "the relay was not ready within $start_seconds s: $(cat "$dir/sluiced.log")"
}

start() {
  local dir=$1 sluiced=$2 servers=$3 hash pid attempt
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  sluiced=$(realpath "$sluiced")
  if is_running "$dir"; then
    if [[ $(readlink "/proc/$(cat "$dir/pid")/exe") == "$sluiced" ]]; then
      echo "The relay is running already: port $RELAY_PORT"
      return
    fi
    stop "$dir" # of another build
  fi
  # shellcheck source=/dev/null
  source "$servers/postgres/env"
  # shellcheck source=/dev/null
  source "$servers/mariadb/env"
  if [[ -n ${DATABASE:-} ]]; then create_databases; fi
  RELAY_USER=demo
  RELAY_PASSWORD=$(random_hex 8)
  hash=$("$sluiced" --hash-password <<<"$RELAY_PASSWORD")
  for attempt in 1 2 3 4 5; do
    RELAY_PORT=$(choose_port "${SLUICE_PORT:-7432}")
    RELAY_HTTP_PORT=$(choose_port $((RELAY_PORT + 1)))
    write_config "$dir" "$hash"
    "$sluiced" --config "$dir/sluiced.toml" --check-config >/dev/null
    launch "$dir" "$sluiced"
    if wait_until_ready "$dir"; then break; fi
    if ((attempt == 5)) || ! grep -qi 'in use' "$dir/sluiced.log"; then
      fail "the relay did not start: $(cat "$dir/sluiced.log")"
    fi
  done
  pid=$(cat "$dir/pid")
  (umask 077 && cat >"$dir/env" <<ENV
RELAY_HOST=127.0.0.1
RELAY_PORT=$RELAY_PORT
RELAY_HTTP_PORT=$RELAY_HTTP_PORT
RELAY_SOCKET=$dir/relay.sock
RELAY_USER=$RELAY_USER
RELAY_PASSWORD=$RELAY_PASSWORD
RELAY_PID=$pid
RELAY_DATABASE=${DATABASE:-}
ENV
  )
  echo "The relay is running: port $RELAY_PORT, log in $dir/sluiced.log"
}

# How the relay ended: its exit code, and what the sanitizers of its build wrote.
check_end() {
  local dir=$1 code
  local reports='AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error: |backend_audit_failed'
  code=$(cat "$dir/exit_code" 2>/dev/null || echo unknown)
  if [[ $code == 0 ]] && ! grep -qE "$reports" "$dir/sluiced.log"; then return; fi
  cat "$dir/sluiced.log" >&2
  fail "the relay ended with exit code $code; its log is above"
}

stop() {
  local dir=$1 waited
  [[ -d $dir ]] && dir=$(cd "$dir" && pwd)
  if ! is_running "$dir"; then
    if [[ -e $dir/env && -e $dir/exit_code ]]; then
      rm -f "$dir/env"
      check_end "$dir"
    fi
    rm -f "$dir/env"
    echo "The relay is not running"
    return
  fi
  kill -TERM "$RELAY_PID"
  for ((waited = 0; waited < stop_seconds * 20; waited++)); do
    [[ ! -e $dir/exit_code ]] || break
    sleep 0.05
  done
  rm -f "$dir/env"
  if [[ ! -e $dir/exit_code ]]; then
    kill -KILL "$RELAY_PID"
    cat "$dir/sluiced.log" >&2
    fail "the relay did not end within $stop_seconds s"
  fi
  check_end "$dir"
  echo "The relay is stopped"
}

case ${1:-}:$# in
  start:4) start "$2" "$3" "$4" ;;
  stop:2) stop "$2" ;;
  *) fail "usage: private-relay.sh start DIR SLUICED SERVERS | stop DIR" ;;
esac
