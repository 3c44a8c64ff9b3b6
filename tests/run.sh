#!/usr/bin/env bash
# Installs what the tests need, builds, and runs every test; exits non-zero when one fails.
#
#   tests/run.sh                    preset dev: lint and all tests
#   tests/run.sh asan-ubsan         the same tests under sanitizers
#   tests/run.sh PRESET -R REGEX    further words go to ctest
#
# Private servers are started by the tests themselves, on free ports, and stopped by their process ids.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:-dev}
shift || true

scripts/install-packages.sh test
if [[ $preset == dev ]]; then scripts/lint.sh source; fi
cmake --preset "$preset" -DSLUICE_BUILD_TESTS=ON
cmake --build --preset "$preset" -j "$(nproc)"
if [[ $preset == dev ]]; then scripts/lint.sh driver "build/$preset/lib/libsluiceodbc.so"; fi

# gcc 12's sanitizer takes a wrong place for the thread-local data of a library that is loaded later, as the driver
# is, and dies when it looks for leaks there: it is not to look (intercept_tls_get_addr).
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:intercept_tls_get_addr=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$PWD/cmake/tsan.supp}
ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" "$@"
