#!/usr/bin/env bash
# Installs the Debian packages that building, running or testing Sluice needs; nothing when all are there.
#
#   install-packages.sh build    to compile driver and relay
#   install-packages.sh demo     also the database servers and clients of the quick start
#   install-packages.sh test     also what the tests and the lint step need
#   install-packages.sh bench    for tests/bench: build and demo, native drivers and pgbouncer
#
# Without root it only tells which packages are missing. Server packages start no system service here.
set -euo pipefail

readonly build_packages=(
  ca-certificates ccache cmake default-libmysqlclient-dev g++ libpoco-dev libpq-dev libprotobuf-dev
  libssl-dev libtomlplusplus-dev libzstd-dev libcrypt-dev ninja-build pkg-config protobuf-compiler unixodbc-dev
)
readonly demo_packages=(
  mariadb-server odbcinst postgresql python3-pyodbc unixodbc
)
readonly test_packages=(
  binutils clang-format file git libgmock-dev libgtest-dev odbc-mariadb odbc-postgresql openssl
  postgresql-client procps python3
)
readonly bench_packages=(
  odbc-mariadb odbc-postgresql openssl pgbouncer python3
)
# Languages in which tests/clients has tests, and their ODBC modules.
readonly script_client_packages=(
  libdbd-odbc-perl libdbi-perl
  erlang-base erlang-odbc
  php-cli php-odbc
  python3-pandas python3-sqlalchemy
  r-base-core r-cran-rodbc
  ruby ruby-odbc
  tcl8.6 tcl8.6-tdbc-odbc
)
# Compiled programs and libraries that tests/clients runs.
readonly native_client_packages=(
  freetds-bin gdal-bin libboost-dev libqt6sql6-odbc libreoffice-base-core libreoffice-base-drivers
  libsoci-dev mariadb-plugin-connect python3-uno qt6-base-dev
)

wanted() {
  printf '%s\n' "${build_packages[@]}"
  case $1 in
    build) ;;
    demo) printf '%s\n' "${demo_packages[@]}" ;;
    bench) printf '%s\n' "${demo_packages[@]}" "${bench_packages[@]}" ;;
    test)
      # npm's packages with code in C++ are built by make. Other builds of node bring npm and their
      # headers along, and do not go with Debian's npm.
      echo make
      command -v npm >/dev/null || printf '%s\n' libnode-dev nodejs npm
      printf '%s\n' "${demo_packages[@]}" "${test_packages[@]}" "${script_client_packages[@]}" \
        "${native_client_packages[@]}"
      ;;
    *)
      echo "usage: install-packages.sh build|demo|test|bench" >&2
      exit 2
      ;;
  esac
}

missing() {
  local package
  for package in $(wanted "$1"); do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# A server package would start a server of the system; a policy-rc.d that says no prevents it.
forbid_service_start() {
  policy=/usr/sbin/policy-rc.d
  if [[ -e $policy ]]; then return; fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
}

main() {
  local packages
  mapfile -t packages < <(missing "$1")
  [[ ${#packages[@]} -gt 0 ]] || return 0
  if [[ $(id -u) -ne 0 ]]; then
    echo "These packages are missing; install them as root and try again:" >&2
    echo "  apt-get install ${packages[*]}" >&2
    exit 1
  fi
  echo "Installing ${#packages[@]} packages: ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  forbid_service_start
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null >/tmp/sluice-apt.$$.log 2>&1 || {
    cat /tmp/sluice-apt.$$.log >&2
    rm -f /tmp/sluice-apt.$$.log
    exit 1
  }
  rm -f /tmp/sluice-apt.$$.log
}

[[ $# -eq 1 ]] || {
  echo "usage: install-packages.sh build|demo|test|bench" >&2
  exit 2
}
main "$1"
