#!/usr/bin/env bash
# Checks what a compiler does not.
#
#   lint.sh source         dependency direction between folders, formatting, files that do not belong here
#   lint.sh driver FILE    the symbols that the driver exports and the libraries that it needs
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failures=0
complain() {
  echo "lint: $1" >&2
  if [[ -n ${2:-} ]]; then sed 's/^/    /' <<<"$2" >&2; fi
  failures=$((failures + 1))
}

# forbid WHAT PATTERN FOLDER…: no file of the folders includes the pattern.
forbid() {
  local what=$1 pattern=$2 found
  shift 2
  found=$(grep -rnE --include='*.h' --include='*.cc' "^ *#include *[<\"]($pattern)" "$@" || true)
  if [[ -n $found ]]; then complain "$what" "$found"; fi
}

# may_use FOLDER ALLOWED…: of our own folders, its files include only these (and itself).
may_use() {
  local folder=$1 allowed found
  shift
  allowed=$(printf '|%s/' "$folder" "$@" | sed 's|\.h/|\.h"|g')
  found=$(grep -rnE --include='*.h' --include='*.cc' '^ *#include *"(proto|odbc_driver|relay_server)/' \
    "$folder" | grep -vE "#include *\"(${allowed#|})" || true)
  if [[ -n $found ]]; then complain "$folder may only include $*" "$found"; fi
}

check_dependencies() {
  local odbc='sql\.h|sqlext\.h|sqlucode\.h|odbcinst\.h|sqltypes\.h'
  forbid "proto knows neither ODBC nor a database" "$odbc|libpq-fe\.h|mysql\.h" proto
  forbid "the relay knows no ODBC header" "$odbc" relay_server
  forbid "the driver knows no database" 'libpq-fe\.h|mysql\.h' odbc_driver
  forbid "only backend/postgres includes libpq" 'libpq-fe\.h' \
    relay_server/{app,dialect,log,net,pool,session,backend/mysql}
  forbid "only backend/mysql includes mysql.h" 'mysql\.h' \
    relay_server/{app,dialect,log,net,pool,session,backend/postgres}
  may_use proto/values
  may_use proto/wire
  may_use relay_server/log
  may_use sql
  may_use relay_server/dialect sql
  may_use relay_server/backend proto relay_server/log
  may_use relay_server/pool proto relay_server/backend/backend.h relay_server/log
  may_use relay_server/session proto relay_server/pool relay_server/backend/backend.h \
    relay_server/dialect relay_server/log
  may_use relay_server/net proto relay_server/session relay_server/pool relay_server/log
  may_use relay_server/app proto relay_server/net relay_server/session relay_server/pool \
    relay_server/backend/backend.h relay_server/log
  may_use odbc_driver/info proto odbc_driver/platform
  may_use odbc_driver/platform
  may_use odbc_driver/config odbc_driver/info odbc_driver/platform
  may_use odbc_driver/convert proto odbc_driver/info odbc_driver/platform
  may_use odbc_driver/client proto odbc_driver/info/sqlstate.h
  may_use odbc_driver/cursor proto sql odbc_driver/info odbc_driver/platform
  may_use odbc_driver/handles proto odbc_driver/client odbc_driver/convert odbc_driver/cursor odbc_driver/info \
    odbc_driver/config odbc_driver/platform
  may_use odbc_driver/api proto odbc_driver/handles odbc_driver/client odbc_driver/convert \
    odbc_driver/info odbc_driver/config odbc_driver/platform
  may_use odbc_driver/setup odbc_driver/config odbc_driver/info odbc_driver/platform
}

check_format() {
  local found
  found=$(git ls-files -- '*.h' '*.cc' | xargs -r clang-format --dry-run --Werror 2>&1 |
    grep -oE '^[^:]+:[0-9]+' | sort -u | head -n 20 || true)
  if [[ -n $found ]]; then complain "not formatted: run clang-format -i" "$found"; fi
}

check_tree() {
  local found
  found=$(git ls-files | grep -E '\.pb\.(h|cc)$|\.(o|so|a|deb)$|^build' || true)
  if [[ -n $found ]]; then complain "generated files do not belong here" "$found"; fi
  found=$(grep -rnE '\b(TODO|FIXME)\b' --include='*.h' --include='*.cc' --include='*.proto' \
    proto odbc_driver relay_server tests || true)
  if [[ -n $found ]]; then complain "left for later" "$found"; fi
}

# The driver lives in programs that have set a locale of their own.
check_locale() {
  local found classes='to(lower|upper)|is(alpha|alnum|digit|space|upper|lower|punct|xdigit)'
  local numbers='strto(d|f|ld|l|ll|ul|ull)|ato[fil]|sto(i|l|ll|ul|ull|f|d)'
  found=$(grep -rnE --include='*.h' --include='*.cc' \
    "\\b($classes|$numbers)\(|#include <(cctype|clocale|locale|sstream|iomanip|regex)>" odbc_driver sql proto || true)
  if [[ -n $found ]]; then complain "depends on the process's locale" "$found"; fi
}

check_driver() {
  local driver=$1 found
  found=$(nm -D --defined-only "$driver" | awk '{print $3}' | sed 's/@.*//' |
    grep -vE '^(SQL[A-Za-z]+|ConfigDSN|ConfigDSNW|ConfigDriver|ConfigDriverW)$' || true)
  if [[ -n $found ]]; then complain "the driver exports more than SQL* and Config*" "$found"; fi
  found=$(objdump -p "$driver" | awk '$1 == "NEEDED" {print $2}' | grep -E '^libodbc\.so|libpq|maria|mysql' || true)
  if [[ -n $found ]]; then complain "the driver must not need" "$found"; fi
}

case ${1:-source} in
  source)
    check_dependencies
    check_format
    check_tree
    check_locale
    ;;
  driver) check_driver "$2" ;;
  *)
    echo "usage: lint.sh source | driver FILE" >&2
    exit 2
    ;;
esac
[[ $failures -eq 0 ]] || exit 1
echo "lint: ${1:-source} ok"
