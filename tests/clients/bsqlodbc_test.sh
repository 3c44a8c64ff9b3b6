#!/usr/bin/env bash
# FreeTDS' bsqlodbc, which batch jobs use: batches of SQL end with "go", an error ends the program.
#
#   bsqlodbc_test.sh pg|mysql
set -euo pipefail

readonly dsn=$1
readonly table=bsqlodbc_$$
failures=0

# check WHAT OUTPUT PATTERN: the output contains the pattern (a basic regular expression).
check() {
  if ! grep -q -- "$3" <<<"$2"; then
    printf 'FAILED: %s: no "%s" in:\n%s\n' "$1" "$3" "$2" >&2
    failures=$((failures + 1))
  fi
}

setting() { sed -n "s/^$1 *= //Ip" "$ODBCINI" | head -n 1; }
user=$(setting UID)
password=$(setting PWD)
readonly user password

# Batches on standard input; a | between columns.
run() { bsqlodbc -S "$dsn" -U "$user" -P "$password" -t '|' 2>&1; }

output=$(run <<SQL
CREATE TABLE $table (id integer PRIMARY KEY, name varchar(40), amount numeric(10,2))
go
INSERT INTO $table VALUES (1, 'grün 中文', 12.25)
go
INSERT INTO $table (id) VALUES (2)
go
UPDATE $table SET name = 'changed'
WHERE id = 2
go
SELECT * FROM $table ORDER BY id
go
SELECT COUNT(*) AS number FROM $table
go
SQL
)
check "the names of columns" "$output" '^id|name|amount$'
check "a row" "$output" '^1|grün 中文|12.25$'
check "a row of NULLs" "$output" '^2|changed|NULL$'
check "the next query" "$output" '^2$'


output=$(printf 'SELECT * FROM no_such_table\ngo\n' | run || true)
check "an error's SQLSTATE" "$output" '42P01\|42S02'
check "an error's text" "$output" 'no_such_table'

output=$(printf 'DROP TABLE %s\ngo\nSELECT 1\ngo\n' "$table" | run)
check "what follows a statement without rows" "$output" '^1$'

[[ $failures -eq 0 ]]
