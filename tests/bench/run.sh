#!/usr/bin/env bash
# Measures Sluice against the native drivers on private servers of its own. docs/performance.md tells what and why.
#
#   tests/bench/run.sh                     every row of the table; takes about a quarter of an hour
#   tests/bench/run.sh select1 'fetch.*'   rows whose workload matches one of these
#   tests/bench/run.sh --rounds 3 …        fewer rounds (7)
#   tests/bench/run.sh --write …           also writes the table, with all that has been measured so far, into
#                                          docs/performance.md
#   tests/bench/run.sh growth              how costs grow with sessions, columns, sizes, arrays and other clients
#   tests/bench/run.sh stop                ends the servers, which otherwise stay for the next measurement
#
# It builds the preset "release" and keeps servers, tables and results in build/release/bench. The relay is beside
# the database servers and uses their unix sockets; everything else goes over TCP on loopback, or through
# slow_link. Needs the packages of scripts/install-packages.sh bench.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=$PWD/build/release
readonly state=$build/bench

fail() {
  echo "run.sh: $*" >&2
  exit 1
}

random_hex() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }

free_port() {
  local port
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

# Starts a program apart from this one; NAME.pid tells its process id.
launch() {
  local name=$1
  shift
  setsid "$@" </dev/null >"$state/$name.log" 2>&1 &
  echo $! >"$state/$name.pid"
}

is_running() { [[ -e $state/$1.pid ]] && kill -0 "$(cat "$state/$1.pid")" 2>/dev/null; }

end() {
  if is_running "$1"; then kill -TERM "$(cat "$state/$1.pid")"; fi
  rm -f "$state/$1.pid"
}

wait_for_port() {
  local waited
  for ((waited = 0; waited < 500; waited++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.02
  done
  fail "nothing listens on port $1; see $state/*.log"
}

# Runs servers as a user that may, when this is root.
as_server_user=()
if [[ $(id -u) -eq 0 ]]; then as_server_user=(setpriv --reuid=postgres --regid=postgres --init-groups); fi

make_certificate() {
  [[ ! -e $state/tls/server.crt ]] || return 0
  mkdir -p "$state/tls"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=localhost -keyout "$state/tls/server.key" \
    -out "$state/tls/server.crt" 2>/dev/null
  chmod 644 "$state/tls/server.key" # of nothing but throw-away servers
}

start_postgres() {
  scripts/private-postgres.sh start "$state/postgres"
  # shellcheck source=/dev/null
  source "$state/postgres/env"
  if grep -q '^ssl = on' "$PG_RUN_DIR/data/postgresql.conf"; then return; fi
  install -m 600 "$state/tls/server.crt" "$state/tls/server.key" "$PG_RUN_DIR/data"
  if [[ $(id -u) -eq 0 ]]; then chown postgres: "$PG_RUN_DIR/data/server."*; fi
  echo 'ssl = on' >>"$PG_RUN_DIR/data/postgresql.conf"
  kill -HUP "$PG_PID"
}

start_mariadb() {
  local options="--ssl-cert=$state/tls/server.crt --ssl-key=$state/tls/server.key"
  # The tables fit: else a scan throws the first rows of the next query out of the server's memory.
  options+=" --innodb-buffer-pool-size=768M"
  MARIADB_OPTIONS=$options scripts/private-mariadb.sh start "$state/mariadb"
  # shellcheck source=/dev/null
  source "$state/mariadb/env"
}

start_pgbouncer() {
  if is_running pgbouncer; then return; fi
  local directory=$PG_RUN_DIR
  BOUNCER_PORT=$(free_port)
  cat >"$directory/pgbouncer.ini" <<INI
[databases]
sluice = host=$PG_SOCKET_DIR port=$PG_PORT user=$PG_USER password=$PG_PASSWORD
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $BOUNCER_PORT
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 20
max_client_conn = 1000
INI
  chmod 644 "$directory/pgbouncer.ini"
  launch pgbouncer "${as_server_user[@]}" pgbouncer "$directory/pgbouncer.ini"
  wait_for_port "$BOUNCER_PORT"
  echo "BOUNCER_PORT=$BOUNCER_PORT" >"$state/pgbouncer.env"
}

# The address of the second listener is IPv6 to the relay, hence not loopback, hence with TLS.
start_relay() {
  local program=$build/relay_server/sluiced
  if is_running relay && [[ $state/sluiced.toml -nt $program ]]; then return; fi
  end relay
  RELAY_PORT=$(free_port)
  RELAY_TLS_PORT=$(free_port)
  RELAY_PASSWORD=$(random_hex)
  cat >"$state/sluiced.toml" <<TOML
[relay]
listen      = ["127.0.0.1:$RELAY_PORT", "[::ffff:127.0.0.1]:$RELAY_TLS_PORT"]
http_listen = "127.0.0.1:$(free_port)"
max_clients = 20000
[tls]
certificate = "$state/tls/server.crt"
private_key = "$state/tls/server.key"
[pools.pg]
backend  = "postgres"
hosts    = ["$PG_SOCKET_DIR:$PG_PORT"]
database = "$PG_DATABASE"
user     = "$PG_USER"
password = "$PG_PASSWORD"
[pools.mysql]
backend  = "mysql"
hosts    = ["$MYSQL_SOCKET"]
database = "$MYSQL_DATABASE"
user     = "$MYSQL_USER"
password = "$MYSQL_PASSWORD"
[users.bench]
password_hash = "$("$program" --hash-password <<<"$RELAY_PASSWORD")"
pools         = ["pg", "mysql"]
TOML
  # A copy, so that a build need not wait for this relay's end; moved, for the one before may still run.
  cp "$program" "$state/sluiced.new"
  mv "$state/sluiced.new" "$state/sluiced"
  launch relay "$state/sluiced" --config "$state/sluiced.toml"
  wait_for_port "$RELAY_PORT"
  printf 'RELAY_PORT=%s\nRELAY_TLS_PORT=%s\nRELAY_PASSWORD=%s\n' "$RELAY_PORT" "$RELAY_TLS_PORT" \
    "$RELAY_PASSWORD" >"$state/relay.env"
  end rtt20
  end rate100
}

# The links know the ports of the others.
start_links() {
  local forwards=("127.0.0.1:$RELAY_PORT" "127.0.0.1:$RELAY_TLS_PORT" "127.0.0.1:$PG_PORT"
    "127.0.0.1:$MYSQL_PORT" "127.0.0.1:$BOUNCER_PORT")
  is_running rtt20 || launch rtt20 "$build/tests/bench/slow_link" --rtt-ms 20 "${forwards[@]}"
  is_running rate100 ||
    launch rate100 "$build/tests/bench/slow_link" --rtt-ms 20 --mbit 100 "${forwards[@]}"
  sleep 0.2
}

stop_all() {
  local name
  for name in rtt20 rate100 relay pgbouncer; do end "$name"; done
  scripts/private-postgres.sh stop "$state/postgres"
  scripts/private-mariadb.sh stop "$state/mariadb"
}

if [[ ${1:-} == stop ]]; then
  stop_all
  exit
fi
# Always: the packages are built in the same place, without the tests.
cmake --preset release -DSLUICE_BUILD_TESTS=ON >/dev/null
cmake --build "$build" --target sluiceodbc sluiced sluice_bench sluice_growth slow_link
mkdir -p "$state"
make_certificate
start_postgres
start_mariadb
start_pgbouncer
# shellcheck source=/dev/null
source "$state/pgbouncer.env"
start_relay
# shellcheck source=/dev/null
source "$state/relay.env"
start_links
python3 tests/bench/measure.py "$build" "$@"
