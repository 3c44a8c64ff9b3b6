#!/usr/bin/env bash
# GDAL's ODBC driver through ogrinfo and ogr2ogr, which read tables and queries as layers.
#
#   gdal_test.sh pg|mysql
set -euo pipefail

readonly dsn=$1
readonly table=gdal_$$
work=$(mktemp -d)
readonly work
failures=0

# check WHAT OUTPUT PATTERN: the output contains the pattern (a basic regular expression).
check() {
  if ! grep -aq -- "$3" <<<"$2"; then
    printf 'FAILED: %s: no "%s" in:\n%s\n' "$1" "$3" "$2" >&2
    failures=$((failures + 1))
  fi
}

# check_same WHAT FILE FILE
check_same() {
  if ! cmp "$2" "$3" >&2; then
    echo "FAILED: $1" >&2
    failures=$((failures + 1))
  fi
}

run() { isql "$dsn" -v -b -d'|' 2>&1; }
drop_table() {
  run <<<"DROP TABLE $table" >/dev/null
  rm -rf -- "$work"
}
trap drop_table EXIT

# query SQL: its rows as CSV.
query() { ogr2ogr -f CSV /vsistdout/ "ODBC:DSN=$dsn" -sql "$1"; }

if [[ $dsn == pg ]]; then
  text=text octets=bytea moment='timestamp' layer=public.$table
  long="repeat('grün€😀', 30000)" literal="'\x00ff'"
else
  # GDAL quotes names of layers with ", which MySQL takes for text: tables are found and queries read.
  text='longtext CHARACTER SET utf8mb4' octets=longblob moment='datetime' layer=$table
  long="repeat('grün€😀', 30000)" literal="x'00ff'"
fi

output=$(run <<SQL
CREATE TABLE $table (id integer PRIMARY KEY, name varchar(40), amount numeric(10,2), ratio double precision, big bigint, day date, moment $moment, note $text, octets $octets)
INSERT INTO $table VALUES (1, 'first', 12.25, 0.1, 9007199254740993, '2024-02-29', '1999-12-31 23:59:59', 'grün 中文 € 😀', $literal)
INSERT INTO $table (id) VALUES (2)
INSERT INTO $table (id, note) VALUES (3, $long)
SQL
)
if grep -q '^\[' <<<"$output"; then
  printf 'FAILED: %s\n' "$output" >&2
  exit 1
fi

# Layers: all tables, found through the catalogue.
output=$(ogrinfo -ro "ODBC:DSN=$dsn" 2>&1)
check "the layers" "$output" ": $layer\$"
output=$(ogrinfo -ro -so "ODBC:DSN=$dsn" "$layer" 2>&1)
for field in 'id: Integer (10.0)' 'name: String (40.0)' 'amount: Real (10.2)' 'ratio: Real' \
  'day: Date' 'moment: DateTime' 'note: String' 'octets: Binary'; do
  check "a layer's field" "$output" "^$field"
done

# A layer's rows.
if [[ $dsn == pg ]]; then
  check "the number of rows" "$output" '^Feature Count: 3$'
  output=$(ogrinfo -ro -al "ODBC:DSN=$dsn" "$layer" -where "id = 1" 2>&1)
  check "the row of a filter" "$output" '^Feature Count: 1$'
  check "its text" "$output" 'note (String) = grün 中文 € 😀$'
  check "its octets" "$output" 'octets (Binary) = 00FF$'
  output=$(ogrinfo -ro -al -fid 2 "ODBC:DSN=$dsn" "$layer" 2>&1)
  check "a row by its key" "$output" "^OGRFeature($layer):2\$"
  check "a NULL" "$output" '^  name (String) = (null)$'
fi

# Queries.
output=$(query "SELECT id, name, amount, ratio, day, moment FROM $table WHERE id < 3 ORDER BY id")
check "a row" "$output" '^"1",first,12.25,0.1,2024/02/29,1999/12/31 23:59:59'
check "a row of NULLs" "$output" '^"2",,,,,$'
output=$(query "SELECT note FROM $table WHERE id = 1")
check "text beyond ASCII" "$output" 'grün 中文 € 😀'
query "SELECT id, note FROM $table WHERE id = 3" >"$work/long"
{
  printf 'id,note\n"3",'
  for ((i = 0; i < 30000; ++i)); do printf 'grün€😀'; done
  echo
} >"$work/expected"
check_same "long text" "$work/long" "$work/expected"
output=$(query "SELECT COUNT(*) AS number FROM $table")
check "a computed column" "$output" '^"3"$'

# Into another format.
ogr2ogr -f GeoJSON "$work/rows.json" "ODBC:DSN=$dsn" -sql "SELECT id, name FROM $table ORDER BY id"
check "GeoJSON" "$(cat "$work/rows.json")" '"id": 1, "name": "first"'

# Errors.
output=$(query "SELECT * FROM no_such_table" 2>&1 || true)
check "an error's text" "$output" 'no_such_table'
output=$(ogrinfo -ro "ODBC:demo/wrong-password@$dsn" 2>&1 || true)
check "a wrong password" "$output" 'password'

[[ $failures -eq 0 ]]
