#!/usr/bin/env bash
# usage: check.sh SOURCE_FOLDER RIREKI   Installs the identity provider where it is missing, as the lock file says, and signs on in every way.
set -euo pipefail
export RIREKI_SOURCE=$(realpath "$1") RIREKI=$(realpath "$2")
cd "$(dirname "$0")"
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --no-progress
fi
exec node --test --test-reporter=spec --test-timeout=60000 --test-concurrency=1 oidc.mjs proxy.mjs
