#!/usr/bin/env bash
# MariaDB's CONNECT engine, whose ODBC tables are those of another database: a MariaDB server is the
# application here, with many threads of its own.
#
#   connect_test.sh pg|mysql
set -euo pipefail

readonly dsn=$1
scripts=$(dirname "${BASH_SOURCE[0]}")/../../scripts
readonly scripts table=connect_$$
# The server runs as another user, who may not be allowed to see this directory.
work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-connect.XXXXXX")
readonly work
chmod 755 "$work"
failures=0

finish() {
  [[ ! -d $work/server ]] || "$scripts/private-mariadb.sh" stop "$work/server" >/dev/null
  isql "$dsn" -b <<<"DROP TABLE $table" >/dev/null || true
  rm -rf -- "$work"
}
trap finish EXIT

# On the server that is the application; values are separated by tabs. An error is output too.
local_sql() {
  mariadb --no-defaults --socket="$MYSQL_SOCKET" --user="$MYSQL_USER" --password="$MYSQL_PASSWORD" \
    --default-character-set=utf8mb4 --skip-column-names --batch --execute="$1" "$MYSQL_DATABASE" 2>&1 || true
}
# On the database behind the data source.
remote_sql() { isql "$dsn" -v -b -d'|' 2>&1 <<<"$1"; }

# check WHAT OUTPUT PATTERN: the output contains the pattern (a basic regular expression).
check() {
  if ! grep -aq -- "$3" <<<"$2"; then
    printf 'FAILED: %s: no "%s" in:\n%s\n' "$1" "$3" "$2" >&2
    failures=$((failures + 1))
  fi
}

start_server() {
  cp "$ODBCSYSINI/odbcinst.ini" "$ODBCINI" "$work"
  if [[ -n ${SLUICE_DRIVER:-} ]]; then
    cp "$SLUICE_DRIVER" "$work"
    sed -i "s|$SLUICE_DRIVER|$work/$(basename "$SLUICE_DRIVER")|" "$work/odbcinst.ini"
  fi
  chmod 644 "$work"/*
  mkdir "$work/server"
  ODBCSYSINI=$work ODBCINI=$work/odbc.ini "$scripts/private-mariadb.sh" start "$work/server"
  # shellcheck source=/dev/null
  source "$work/server/env"
  local_sql "INSTALL SONAME 'ha_connect'"
}

start_server
if [[ $dsn == pg ]]; then
  text=text moment=timestamp
else
  text='text CHARACTER SET utf8mb4' moment=datetime
fi
remote_sql "CREATE TABLE $table (id integer PRIMARY KEY, name varchar(40), amount numeric(10,2), \
ratio double precision, big bigint, day date, moment $moment, note $text)"
remote_sql "INSERT INTO $table VALUES (1, 'grün', 12.25, 0.5, 9007199254740993, '2024-02-29', '1999-12-31 23:59:59', 'first')"
remote_sql "INSERT INTO $table (id) VALUES (2)"

remote_sql "INSERT INTO $table (id, name) \
SELECT 10 + a.id * 2 + b.id, 'filler' FROM $table a CROSS JOIN $table b"
readonly odbc="ENGINE=CONNECT TABLE_TYPE=ODBC CONNECTION='DSN=$dsn' DEFAULT CHARSET=utf8mb4 DATA_CHARSET=utf8mb4"

# The columns found through the catalogue; rows in the order of the other database.
local_sql "CREATE TABLE found $odbc TABNAME='$table'"
output=$(local_sql "SHOW CREATE TABLE found")
for column in '`id` int(10) NOT NULL' '`name` varchar(40)' '`amount` decimal(1[02],2)' '`ratio` double' \
  '`big` bigint(19)' '`moment` timestamp' '`note` varchar('; do
  check "a column that was found" "$output" "$column"
done
output=$(local_sql "SELECT id, name, amount, ratio, big, note FROM found WHERE id < 3")
check "a row" "$output" "^1	grün	12.25	0.5	9007199254740993	first\$"
check "a row of NULLs" "$output" "^2	NULL	NULL	NULL	NULL	NULL\$"
output=$(local_sql "SELECT COUNT(*), MAX(id) FROM found")
check "an aggregate" "$output" '^6	16$'

# Columns by hand, in rowsets, kept in memory so that they can be sorted.
local_sql "CREATE TABLE named (id INT NOT NULL, name VARCHAR(40), day DATE, moment DATETIME) $odbc
  TABNAME='$table' BLOCK_SIZE=4 OPTION_LIST='Memory=1'"
output=$(local_sql "SELECT id, name, day, moment FROM named ORDER BY id DESC")
check "the last row of a sorted table" "$output" '^16	filler	'
check "a date and a moment" "$output" '^1	grün	2024-02-29	1999-12-31 23:59:59$'
output=$(local_sql "SELECT f.id, n.name FROM found f JOIN named n ON n.id = f.id WHERE f.id = 1")
check "a join of two connections" "$output" '^1	grün$'

# By a cursor that scrolls: sorting reads positions again.
local_sql "CREATE TABLE scrolled $odbc TABNAME='$table' OPTION_LIST='Scrollable=1'"
output=$(local_sql "SELECT id, name FROM scrolled ORDER BY id DESC LIMIT 1")
check "a row by its position" "$output" '^16	filler$'

# Changes: CONNECT sends statements of its own.
local_sql "INSERT INTO found (id, name, amount, note) VALUES (30, 'new', 1.5, 'it''s 中文'), (31, 'new', NULL, NULL)"
check "an inserted row" "$(remote_sql "SELECT id, name, amount, note FROM $table WHERE id = 30")" \
  "^30|new|1.50|it's 中文"
local_sql "UPDATE found SET name = 'changed' WHERE id = 31"
check "a changed row" "$(remote_sql "SELECT id, name FROM $table WHERE id = 31")" '^31|changed'
local_sql "DELETE FROM found WHERE id > 10"
check "deleted rows" "$(remote_sql "SELECT COUNT(*) FROM $table")" '^2$'

# A query as a table.
local_sql "CREATE TABLE query $odbc SRCDEF='SELECT id, COUNT(*) AS number FROM $table GROUP BY id'"
check "a query's rows" "$(local_sql "SELECT SUM(id), SUM(number) FROM query")" '^3	2$'

# The catalogue.
local_sql "CREATE TABLE tables $odbc TABNAME='$table' CATFUNC=Tables"
check "the catalogue's tables" "$(local_sql "SELECT * FROM tables")" "	$table	TABLE"
local_sql "CREATE TABLE columns $odbc TABNAME='$table' CATFUNC=Columns"
output=$(local_sql "SELECT Column_Name, Data_Type, Column_Size FROM columns")
check "the catalogue's columns" "$output" '^id	4	10$'
check "the catalogue's columns" "$output" '^name	-\?[0-9]*	40$'
local_sql "CREATE TABLE sources ENGINE=CONNECT TABLE_TYPE=ODBC CATFUNC=DSN"
check "the data sources" "$(local_sql "SELECT * FROM sources")" "^$dsn	"

# Errors.
check "a table that is missing" \
  "$(local_sql "CREATE TABLE missing $odbc TABNAME='no_such_table'")" 'no_such_table\|[Cc]annot get columns'
check "a statement that fails" \
  "$(local_sql "CREATE TABLE bad $odbc SRCDEF='SELECT * FROM no_such_table'")" 'no_such_table'

[[ $failures -eq 0 ]]
