#!/usr/bin/env bash
# isql and iusql as a person or a script uses them. Both end with 0 whatever happens: their output tells.
#
#   isql_test.sh isql|"isql -3"|iusql pg|mysql
#
# isql is an application of ODBC 2, so some SQLSTATEs are those of ODBC 2, unless it is given -3. iusql
# tells no SQLSTATE.
set -euo pipefail

read -ra isql <<<"$1"
readonly isql dsn=$2
failures=0

# check WHAT OUTPUT PATTERN: the output contains the pattern (a basic regular expression).
check() {
  if ! grep -q -- "$3" <<<"$2"; then
    printf 'FAILED: %s: no "%s" in:\n%s\n' "$1" "$3" "$2" >&2
    failures=$((failures + 1))
  fi
}

# Statements on standard input, one a line; columns separated by | without a frame.
run() { "${isql[@]:0:1}" "$dsn" "${isql[@]:1}" -v -b -d'|' 2>&1; }

readonly table=isql_$$_${isql[0]}
if [[ $dsn == pg ]]; then
  text=text missing=42P01
else
  text='text CHARACTER SET utf8mb4' missing=42S02
  [[ $1 != isql ]] || missing=S0002
fi

output=$(run <<SQL
CREATE TABLE $table (id integer PRIMARY KEY, v $text)
INSERT INTO $table VALUES (1, 'first')
INSERT INTO $table VALUES (2, NULL)
INSERT INTO $table VALUES (3, 'grün 中文 😀')
SELECT id, v FROM $table ORDER BY id
UPDATE $table SET v = 'changed' WHERE id < 3
SELECT COUNT(*) AS changed FROM $table WHERE v = 'changed'
SQL
)
check "a row" "$output" '^1|first$'
check "a NULL" "$output" '^2|$'
check "text beyond ASCII" "$output" '^3|grün 中文 😀$'
check "the number of rows changed" "$output" '^2$'
if grep -q ERROR <<<"$output"; then
  check "no error" "$output" 'there is an error'
fi

output=$(run <<SQL
SELECT * FROM no_such_table
SELECT id FROM $table WHERE id = 1
SQL
)
[[ $1 == iusql ]] || check "an error's SQLSTATE" "$output" "\[$missing\]"
check "an error's text" "$output" 'no_such_table'
check "the statement after an error" "$output" '^1$'

output=$(printf 'help %s\n' "$table" | run)
check "columns by the catalogue" "$output" "$table|v|"
output=$(printf 'help\n' | run)
check "tables by the catalogue" "$output" "$table|TABLE"

output=$("${isql[0]}" "$dsn" demo wrong-password -v -b </dev/null 2>&1 || true)
check "a wrong password" "$output" 'password'
[[ $1 == iusql ]] || check "its SQLSTATE" "$output" '\[28000\]'

printf 'DROP TABLE %s\n' "$table" | run >/dev/null
[[ $failures -eq 0 ]]
