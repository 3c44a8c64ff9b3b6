#!/bin/sh
# Installs a build into a scratch prefix and looks at what is there. Usage: installed_files.sh CMAKE BUILD
set -eu

cmake=$1
build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

for component in driver relay; do
  "$cmake" --install "$build" --prefix "$scratch/usr" --component "$component" >/dev/null
done
cd "$scratch/usr"

# The texts name the files that were installed.
driver=$(sed -n 's/^Driver=//p' share/sluice/odbcinst.ini)
[ -f "$driver" ] || fail "odbcinst.ini names $driver, which is not there"
relay=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' lib/systemd/system/sluiced.service)
[ -x "$relay" ] || fail "sluiced.service starts $relay, which is not there"
[ -x share/sluice/register-driver ] || fail "register-driver cannot be run"

# The relay comes without any way in: it refuses to start until somebody has configured a pool.
config=etc/sluice/sluiced.toml
[ "$(stat -c %a "$config")" = 640 ] || fail "$config is readable for everyone"
if told=$("$relay" --check-config --config "$config" 2>&1); then
  fail "the configuration as shipped lets the relay start"
fi
[ "$told" = "$config: there is no [pools.NAME]: nothing to serve" ] ||
  fail "the configuration as shipped has mistakes: $told"

# Its examples are right: with the comment signs in front of keys and sections taken away, only files are
# missing that the administrator has to make.
sed 's/^# \(\[\|[a-z_]* *= \)/\1/' "$config" >all.toml
"$relay" --check-config --config all.toml >told 2>&1 && fail "the examples' files cannot be there"
[ "$(grep -c . told)" = 2 ] || fail "mistakes in the examples: $(cat told)"
grep -q '\[pools.sales\] password_file: cannot read /etc/sluice/sales.password: No such file or directory$' told ||
  fail "the example's password file is not read: $(cat told)"
grep -q '\[tls\] certificate: .*/etc/sluice/relay.crt' told ||
  fail "the example's certificate is not read: $(cat told)"

# A second installation leaves the administrator's configuration alone.
echo '# mine' >"$config"
"$cmake" --install "$build" --prefix "$scratch/usr" --component relay >/dev/null
[ "$(cat "$config")" = '# mine' ] || fail "the configuration was overwritten"

[ "$failures" = 0 ] || exit 1
echo "ok"
