#!/usr/bin/env bash
# A private, throw-away MariaDB (or MySQL) server for tests and trials.
#
#   private-mariadb.sh start DIR   starts one with its data in DIR, unless the one of DIR runs already,
#                                  and writes DIR/env: shell assignments that tell how to reach it
#   private-mariadb.sh node DIR [OTHER]
#                                  the same, as the first node of a Galera cluster, or as one that joins
#                                  the node of OTHER and has its account
#   private-mariadb.sh down|up DIR ends the server and keeps its data; starts it again on its port
#   private-mariadb.sh stop DIR    ends it and deletes its data
#
# It listens on 127.0.0.1 on a free port and on a unix socket, runs as a user without privileges,
# and knows one account, "sluice", that may do anything. The server's character set is latin1, as
# MariaDB's own default is: what depends on it is a defect that tests should show. MARIADB_OPTIONS
# adds words to its command line.
set -euo pipefail

readonly START_SECONDS=60
readonly STOP_SECONDS=30

die() {
  echo "private-mariadb.sh: $*" >&2
  exit 1
}

usage() {
  echo "usage: $0 start|stop|down|up DIR or $0 node DIR [OTHER]" >&2
  exit 2
}

# The server refuses to run as root: then it runs as the packages' user, or as nobody.
server_user() {
  local name
  if [[ $(id -u) -ne 0 ]]; then
    id -un
    return
  fi
  for name in mysql nobody; do
    if id "$name" >/dev/null 2>&1; then
      echo "$name"
      return
    fi
  done
  die "no user to run the server as"
}

as_server_user() {
  if [[ $(id -u) -eq 0 ]]; then
    setpriv --reuid="$USER_NAME" --regid="$(id -g "$USER_NAME")" --clear-groups -- "$@"
  else
    "$@"
  fi
}

find_program() {
  local name path
  for name in "$@"; do
    for path in "$(command -v "$name" || true)" "/usr/sbin/$name" "/usr/libexec/$name"; do
      if [[ -n $path && -x $path ]]; then
        echo "$path"
        return
      fi
    done
  done
  die "none of these programs is installed: $*"
}

env_value() {
  local dir=${2:-$DIR}
  [[ -f $dir/env ]] || return 0
  sed -n "s/^$1=//p" "$dir/env" | tr -d "'"
}

is_running() {
  local pid
  pid=$(env_value MYSQL_PID)
  [[ -n $pid ]] && kill -0 "$pid" 2>/dev/null &&
    tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "--datadir=$(env_value MYSQL_RUN_DIR)/data"
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

install_data() {
  if [[ $1 == *mariadbd ]]; then
    as_server_user "$(find_program mariadb-install-db)" --no-defaults --datadir="$RUN_DIR/data" --tmpdir="$RUN_DIR" \
      --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve \
      >"$RUN_DIR/install.log" 2>&1
  else
    as_server_user "$1" --no-defaults --initialize-insecure --datadir="$RUN_DIR/data" --tmpdir="$RUN_DIR" \
      --log-error="$RUN_DIR/install.log" 2>&1
  fi || {
    cat "$RUN_DIR/install.log" >&2
    die "the data directory could not be made"
  }
}

# The account, as statements that the server runs at its start.
write_init_file() {
  local host
  for host in localhost 127.0.0.1 %; do
    echo "CREATE USER IF NOT EXISTS 'sluice'@'$host' IDENTIFIED BY '$PASSWORD';"
    echo "GRANT ALL ON *.* TO 'sluice'@'$host' WITH GRANT OPTION;"
  done >"$RUN_DIR/init.sql"
  echo "CREATE DATABASE IF NOT EXISTS sluice CHARACTER SET utf8mb4;" >>"$RUN_DIR/init.sql"
}

launch() {
  local options=(
    # A server that starts removes the temporary tables of all in its tmpdir.
    --no-defaults --datadir="$RUN_DIR/data" --tmpdir="$RUN_DIR" --bind-address=127.0.0.1 --port="$PORT"
    --socket="$RUN_DIR/sock" --pid-file="$RUN_DIR/pid" --log-error="$RUN_DIR/error.log"
    --init-file="$RUN_DIR/init.sql" --innodb-buffer-pool-size=64M
    --innodb-flush-log-at-trx-commit=0 --skip-log-bin --max-allowed-packet=128M
    --character-set-server=latin1 --max-connections=200 --skip-name-resolve
    --performance-schema=OFF --secure-file-priv="$RUN_DIR"
  )
  [[ $1 == *mariadbd ]] || options+=(--mysqlx=OFF)
  # shellcheck disable=SC2206
  options+=(${MARIADB_OPTIONS:-})
  if [[ -n ${GALERA_PORT:-} ]]; then
    local galera
    mapfile -t galera < <(galera_options)
    options+=("${galera[@]}")
  fi
  # Nothing of the caller's stays open: ctest waits until its pipe is closed.
  (cd "$RUN_DIR" && as_server_user setsid "$1" "${options[@]}" &) </dev/null >/dev/null 2>&1
}

# Options of a node. Its state is copied from another's with rsync.
galera_options() {
  local provider
  for provider in /usr/lib/galera/libgalera_smm.so /usr/lib64/galera-4/libgalera_smm.so; do
    if [[ -e $provider ]]; then break; fi
  done
  [[ -e $provider ]] || die "Galera's library is not installed"
  printf '%s\n' --wsrep-on=ON --wsrep-provider="$provider" --wsrep-cluster-name=sluice \
    --wsrep-cluster-address="gcomm://$JOIN_ADDRESS" --wsrep-node-address=127.0.0.1 \
    --wsrep-node-name="node$PORT" --wsrep-sst-method=rsync \
    --wsrep-sst-receive-address="127.0.0.1:$(free_port)" --binlog-format=ROW \
    --innodb-autoinc-lock-mode=2
  printf -- '--wsrep-provider-options=%s\n' "base_host=127.0.0.1;base_port=$GALERA_PORT;\
gmcast.listen_addr=tcp://127.0.0.1:$GALERA_PORT;ist.recv_addr=127.0.0.1:$(free_port);gcache.size=16M"
}

# Ready: the init file has run, so the account can log in.
wait_until_ready() {
  local client deadline=$((SECONDS + START_SECONDS))
  client=$(find_program mariadb mysql)
  until "$client" --no-defaults --socket="$RUN_DIR/sock" --user=sluice --password="$PASSWORD" \
    --execute='DO 0' sluice >/dev/null 2>&1; do
    if ((SECONDS >= deadline)) || grep -qs 'Aborting' "$RUN_DIR/error.log"; then
      cat "$RUN_DIR/error.log" >&2 || true
      die "the server was not ready within $START_SECONDS s"
    fi
    sleep 0.05
  done
}

write_env() {
  cat >"$DIR/env.new" <<END
MYSQL_HOST='127.0.0.1'
MYSQL_PORT='$PORT'
MYSQL_SOCKET='$RUN_DIR/sock'
MYSQL_USER='sluice'
MYSQL_PASSWORD='$PASSWORD'
MYSQL_DATABASE='sluice'
MYSQL_PID='$(cat "$RUN_DIR/pid")'
MYSQL_RUN_DIR='$RUN_DIR'
MYSQL_GALERA_PORT='${GALERA_PORT:-}'
END
  chmod 600 "$DIR/env.new"
  mv "$DIR/env.new" "$DIR/env"
}

start() {
  mkdir -p "$DIR"
  if is_running; then
    echo "MariaDB is running already: port $(env_value MYSQL_PORT), settings in $DIR/env"
    return
  fi
  remove_data
  # A unix socket's path has at most 107 bytes: the data are in a short directory of their own.
  RUN_DIR=$(mktemp -d "${TMPDIR:-/tmp}/sluice-my.XXXXXX")
  USER_NAME=$(server_user)
  PASSWORD=$(env_value MYSQL_PASSWORD "${OTHER:-}")
  PASSWORD=${PASSWORD:-$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')}
  PORT=$(free_port)
  if [[ $(id -u) -eq 0 ]]; then
    chown "$USER_NAME" "$RUN_DIR"
  fi
  chmod 755 "$RUN_DIR"
  local server
  server=$(find_program mariadbd mysqld)
  install_data "$server"
  if [[ -z ${OTHER:-} ]]; then write_init_file; else : >"$RUN_DIR/init.sql"; fi
  launch "$server"
  wait_until_ready
  write_env
  echo "MariaDB is running: port $PORT, settings in $DIR/env"
}

remove_data() {
  local run_dir
  run_dir=$(env_value MYSQL_RUN_DIR)
  if [[ $run_dir == */sluice-my.?????? ]]; then
    rm -rf -- "$run_dir"
  fi
  rm -f -- "$DIR/env"
}

end_server() {
  local pid deadline=$((SECONDS + STOP_SECONDS))
  pid=$(env_value MYSQL_PID)
  kill -TERM "$pid"
  while kill -0 "$pid" 2>/dev/null; do
    if ((SECONDS >= deadline)); then
      kill -KILL "$pid"
      break
    fi
    sleep 0.05
  done
}

# The server ends and its data stay: what clients see is a server that is down.
down() {
  is_running || die "it is not running"
  end_server
}

# On the same port.
up() {
  RUN_DIR=$(env_value MYSQL_RUN_DIR)
  USER_NAME=$(server_user)
  PASSWORD=$(env_value MYSQL_PASSWORD)
  PORT=$(env_value MYSQL_PORT)
  launch "$(find_program mariadbd mysqld)"
  wait_until_ready
  write_env
}

stop() {
  if is_running; then end_server; fi
  remove_data
  echo "MariaDB is stopped"
}

node() {
  JOIN_ADDRESS=
  if [[ -n ${OTHER:-} ]]; then
    JOIN_ADDRESS=127.0.0.1:$(env_value MYSQL_GALERA_PORT "$OTHER")
    [[ $JOIN_ADDRESS != *: ]] || die "$OTHER has no node that could be joined"
  fi
  GALERA_PORT=$(free_port)
  start
}

[[ $# -eq 2 || $1:$# == node:3 ]] || usage
DIR=$2
OTHER=${3:-}
case $1 in
  start) start ;;
  node) node ;;
  stop) stop ;;
  down) down ;;
  up) up ;;
  *) usage ;;
esac
