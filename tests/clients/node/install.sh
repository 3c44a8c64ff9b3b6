#!/usr/bin/env bash
# Installs the npm package odbc, compiled against this machine's unixODBC, unless it is there already.
#
#   install.sh DIR     DIR/node_modules is what odbc_test.js needs in NODE_PATH
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=$1
mkdir -p "$dir"
if cmp -s "$here/package.json" "$dir/package.json" && [[ -f $dir/installed ]]; then exit 0; fi
rm -f "$dir/installed"
cp "$here/package.json" "$dir/"

# Its install script would rather fetch a binary, and node-gyp node's headers, from elsewhere.
export npm_config_build_from_source=true
if command -v ccache >/dev/null; then export CC="ccache cc" CXX="ccache c++"; fi
prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
if [[ -f $prefix/include/node/node_api.h ]]; then export npm_config_nodedir=$prefix; fi

npm install --prefix "$dir" --no-package-lock --no-audit --no-fund --loglevel=error >"$dir/npm.log" 2>&1 || {
  cat "$dir/npm.log" >&2
  exit 1
}
NODE_PATH=$dir/node_modules node -e 'require("odbc")'
touch "$dir/installed"
