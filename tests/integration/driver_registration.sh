#!/bin/sh
# Registers the driver in copies of odbcinst.ini and takes it out again: the file must then be what it
# was, byte for byte. Usage: driver_registration.sh REGISTER_DRIVER_SCRIPT
set -eu

script=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

fail() {
  echo "FAILED: $case_name: $*" >&2
  failures=$((failures + 1))
}

# Begins a case: a directory of its own; stdin is what with_file makes its odbcinst.ini.
begin() {
  case_name=$1
  directory=$scratch/$(echo "$case_name" | tr ' ' '_')
  mkdir -p "$directory/etc"
  ini=$directory/etc/odbcinst.ini
  ODBCSYSINI=$directory/etc
  SLUICE_ODBCINST_STATE=$directory/state
  SLUICE_ODBCINST_TEMPLATE=$directory/template.ini
  export ODBCSYSINI SLUICE_ODBCINST_STATE SLUICE_ODBCINST_TEMPLATE
  printf '[Sluice]\nDescription=Sluice\nDriver=/opt/libsluiceodbc.so\n' >"$SLUICE_ODBCINST_TEMPLATE"
  cat >"$directory/before"
}

with_file() { cp "$directory/before" "$ini"; }
add() { sh "$script" add || fail "add exits with $?"; }
remove() { sh "$script" remove || fail "remove exits with $?"; }

expect_registered_once() {
  grep -qx 'Driver=/opt/libsluiceodbc.so' "$ini" || fail "the driver is not registered"
  [ "$(grep -cx '\[Sluice\]' "$ini")" = 1 ] || fail "not one section [Sluice]"
  odbcinst -q -d -n Sluice | grep -qx 'UsageCount=1' || fail "UsageCount is not 1"
}

expect_as_before() {
  cmp "$directory/before" "$ini" || fail "odbcinst.ini is not what it was"
  [ ! -e "$SLUICE_ODBCINST_STATE" ] || fail "the saved copy is still there"
}

other_driver='[Other]
Description=Another driver
Driver=libother.so
UsageCount=1
'

begin "a file that odbcinst wrote" <<INI
$other_driver
INI
with_file
add
expect_registered_once
remove
expect_as_before

begin "a file with comments and spaces" <<'INI'
# Drivers of this host.
[Other]
Driver = libother.so   ; the stable one


[ODBC]
Trace = No
INI
with_file
add
expect_registered_once
remove
expect_as_before

begin "an empty file" </dev/null
with_file
add
expect_registered_once
remove
expect_as_before

begin "no file" </dev/null
add
expect_registered_once
remove
[ ! -s "$ini" ] || fail "odbcinst.ini is not empty"

begin "registered again by every upgrade" <<INI
# Mine.
$other_driver
INI
with_file
add
add
add
expect_registered_once
remove
expect_as_before

begin "a registration by hand comes back" <<'INI'
[Sluice]
Driver = /home/me/libsluiceodbc.so
UsageCount = 3
INI
with_file
add
expect_registered_once
remove
expect_as_before

begin "another driver came meanwhile" <<'INI'
# Mine.
[Other]
Driver = libother.so
INI
with_file
add
printf '[Later]\nDriver=liblater.so\n' >"$directory/later.ini"
odbcinst -i -d -f "$directory/later.ini" >/dev/null
remove
grep -qx '\[Later\]' "$ini" || fail "the other driver's registration is lost"
grep -qx '\[Other\]' "$ini" || fail "the first driver's registration is lost"
if grep -q Sluice "$ini"; then fail "the driver is still registered"; fi

begin "removing what was never added" <<'INI'
# Mine.
INI
with_file
remove
expect_as_before

case_name="wrong use"
if sh "$script" 2>/dev/null; then fail "no argument is accepted"; fi

[ "$failures" = 0 ] || exit 1
echo "ok"
