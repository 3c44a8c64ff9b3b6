#!/usr/bin/env bash
# What sluiced does as a program: options, exit codes, messages, signals. Usage: sluiced_test.sh SLUICED
set -euo pipefail

sluiced=$1
scratch=$(mktemp -d)
relay_pid=
trap '[[ -z $relay_pid ]] || kill "$relay_pid" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# run WANTED_EXIT_CODE ARGUMENTS…: leaves stdout in out and stderr in err.
run() {
  local wanted=$1 code=0
  shift
  "$sluiced" "$@" >out 2>err || code=$?
  [[ $code -eq $wanted ]] || fail "sluiced $* exits with $code, not $wanted: $(cat err)"
}

expect() { [[ $(cat "$1") == "$2" ]] || fail "$1 is \"$(cat "$1")\", not \"$2\""; }
expect_like() { [[ $(cat "$1") == $2 ]] || fail "$1 is \"$(cat "$1")\", not like \"$2\""; }

write_config() {
  cat >s.toml <<TOML
[relay]
listen = ["127.0.0.1:0", "unix:$scratch/s.sock"]
http_listen = "127.0.0.1:0"
[pools.sales]
backend = "postgres"
hosts = ["$scratch/no-server"]
database = "sales"
user = "sluice"
$1
TOML
}

# ---- options ----

run 0 --version
expect_like out 'sluiced [0-9]*.[0-9]*.[0-9]*'
run 0 --help
expect_like out 'usage: sluiced *--check-config*--hash-password*--version*'
run 2 --nonsense
expect out ''
expect_like err 'usage: sluiced *'
run 2 --config # without a file

# ---- --check-config ----

write_config ''
run 0 --check-config --config s.toml
expect out 's.toml: ok'
expect err ''
run 0 --check-config --config=s.toml
write_config 'max_conections = 5'
run 1 --check-config --config s.toml
expect out ''
expect_like err 's.toml:9: \[pools.sales\] has no key "max_conections"; it may have: *'
run 1 --config s.toml
expect_like err 's.toml:9: *'
run 1 --check-config --config nowhere.toml
expect err 'nowhere.toml: cannot be read: No such file or directory'

# ---- --hash-password ----

run 0 --hash-password <<<'correct horse'
expect_like out '$*'
hash=$(cat out)
write_config $'[users.alice]\npassword_hash = "'"$hash"$'"\npools = ["sales"]'
run 0 --check-config --config s.toml
run 0 --hash-password <<<'correct horse'
[[ $(cat out) != "$hash" ]] || fail "two hashes of a password are the same: there is no salt"
run 1 --hash-password </dev/null
expect err 'sluiced: no password on stdin'

# ---- running ----

write_config ''
mkfifo log
"$sluiced" --config s.toml 2>log &
relay_pid=$!
exec 3<log

# Reads the log until the event, whose line stays in `line`.
await() {
  while IFS= read -r -t 30 line <&3; do
    [[ $line != *" $1"* ]] || return 0
  done
  fail "the log never said $1"
  exit 1
}

await 'listening address=127.0.0.1:'
[[ $line != *:0 ]] || fail "the log does not tell the port that was chosen: $line"
await "listening address=unix:$scratch/s.sock"
[[ -S s.sock ]] || fail "there is no unix socket"
await 'listening_http address=127.0.0.1:'

# A second relay on the same socket says what is in the way.
run 1 --config s.toml
expect_like err "*sluiced: cannot listen on unix:$scratch/s.sock: Address already in use"

# A configuration with mistakes is refused while the relay goes on with the old one.
write_config 'mode = "other"'
kill -HUP "$relay_pid"
await 'ERROR reload_failed'
[[ $line == *'s.toml:9: [pools.sales] mode must be'* ]] || fail "reload_failed does not say why: $line"
write_config 'mode = "session"'
kill -HUP "$relay_pid"
await 'INFO reloaded pools=1 users=0'
sed -i 's/^http_listen.*/http_listen = ""/' s.toml
kill -HUP "$relay_pid"
await 'WARNING restart_needed'
await 'INFO reloaded'

kill -TERM "$relay_pid"
await 'INFO draining connections=0'
await 'INFO stopped'
code=0
wait "$relay_pid" || code=$?
relay_pid=
[[ $code -eq 0 ]] || fail "sluiced exits with $code after SIGTERM"
[[ ! -e s.sock ]] || fail "the unix socket is still there"

[[ $failures -eq 0 ]] || exit 1
echo ok
