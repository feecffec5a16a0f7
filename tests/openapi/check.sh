#!/usr/bin/env bash
# usage: check.sh OPENAPI_JSON   Installs the validator where it is missing, as the lock file says, and checks the document.
set -euo pipefail
document=$(realpath "$1")
cd "$(dirname "$0")"
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --no-progress
fi
exec node check.mjs "$document"
