#!/usr/bin/env bash
# Runs the README's first session as it stands there, against a real server over a fresh sample ward, and compares what each `#=>` promises.
set -euo pipefail
readonly SOURCE=$1 RIREKI=$2
work=$(mktemp -d)
server=
cleanup() { [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; rm -rf "$work"; }
trap cleanup EXIT

"$RIREKI" sample --data "$work/data" --staff 300 --years 1 --seed 1 >"$work/sample.txt" 2>&1 || { cat "$work/sample.txt"; exit 1; }
"$RIREKI" serve --data "$work/data" --port 0 >"$work/url" 2>"$work/serve.txt" &
server=$!
for _ in $(seq 1 100); do
  [ -s "$work/url" ] && break
  kill -0 "$server" 2>/dev/null || { echo "the server ended:"; cat "$work/serve.txt"; exit 1; }
  sleep 0.1  # only until the address is printed
done
export R DATA VERIFY
R=$(head -1 "$work/url") DATA=$work/data VERIFY=$(dirname "$RIREKI")/rireki-verify
cd "$work"

passed=0 failed=0 segment=
run_segment() {
  set +e
  eval "$segment" >"$work/out" 2>"$work/err"
  set -e
  segment=
}
while IFS= read -r line; do
  case $line in
    '#=> '*)
      run_segment
      wanted=${line#'#=> '}
      got=$(tail -1 "$work/out")
      if [ "$got" = "${wanted% }" ] || [ "$got" = "$wanted" ] || [ "${got% }" = "${wanted% }" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "README promises: $wanted"; echo "it printed:      $got"; cat "$work/err"
      fi ;;
    *) segment+=$line$'\n' ;;
  esac
done < <(awk '/^```sh$/{on=1; next} /^```$/{on=0} on' "$SOURCE/README.md")
[ -z "$segment" ] || run_segment
[ "$passed" -gt 0 ] || { echo "the README has no session"; exit 1; }
kill "$server"; wait "$server" || { echo "the server did not stop in order"; exit 1; }
server=
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
