#!/usr/bin/env bash
# A sample ward's log, handed out and checked with tools that we did not write; and what somebody with the disk, or with the real key, could try.
set -euo pipefail
repository=$1 rireki=$2
signer=$(dirname "$rireki")/rireki-signer verify=$(dirname "$rireki")/rireki-verify
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
checks=0
pass() { checks=$((checks + 1)); }
fail() { echo "FAILED: $*" >&2; exit 1; }
# refused TEXT COMMAND…: the command fails and says so.
refused() {
  local text=$1 said; shift
  if said=$("$@" 2>&1); then fail "not refused: $*"; fi
  grep -q "$text" <<<"$said" || fail "$* did not say '$text' but: $said"
  pass
}
export LANG=C.UTF-8
"$rireki" --lang en sample --data ward --staff 200 --years 1 --seed 1 >/dev/null 2>&1
cp ward.signer/log.pub paper.pub && cp ward.signer/keys real.keys
"$rireki" --lang en checkpoint --data ward --out kept.checkpoint
"$rireki" --lang en import --data ward --holidays "$repository/samples/national-holidays.csv" >/dev/null 2>&1
"$rireki" --lang en bundle --data ward --out audit.tar >/dev/null

# Go's packages, GOPATH as Debian has it.
export GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS= GOCACHE="$work/go-cache"
go build -o go-verify "$repository/tests/independent/verify.go"
./go-verify audit.tar paper.pub kept.checkpoint | tee go.txt
grep -q " leaves, .* tiles, 1 older" go.txt || fail "line $LINENO"; pass
"$verify" bundle audit.tar --key paper.pub --older kept.checkpoint >ours.txt || fail "line $LINENO"; pass
[ "$(grep -o '[0-9]* leaves' go.txt)" = "$(grep -o '[0-9]* leaves' ours.txt)" ] || fail "line $LINENO"; pass

# The Python of the bundle's README, as it stands there.
mkdir unpacked && tar -C unpacked -xf audit.tar
sed -n '/^     import base64/,/^     print/s/^     //p' unpacked/README.txt >root.py
[ "$(cd unpacked && python3 ../root.py)" = "$(sed -n 2p unpacked/checkpoint) $(sed -n 3p unpacked/checkpoint)" ] || fail "the README's Python gives another root"
pass

# A witness by files on a stick, then by HTTP.
"$verify" witness init --folder witness --name audit.example >witness.pub
"$verify" witness follow --folder witness paper.pub
"$rireki" --lang en witness --data ward name witness.pub
"$rireki" --lang en witness --data ward request --out request.txt
"$verify" witness answer --folder witness request.txt --out answer.txt
"$rireki" --lang en witness --data ward confirm answer.txt | grep -q "audit.example" || fail "line $LINENO"; pass
"$rireki" --lang en checkpoint --data ward --out cosigned.checkpoint
"$verify" witness serve --folder witness --port 0 >witness.url &
for _ in $(seq 100); do [ -s witness.url ] && break; sleep 0.05; done
"$rireki" --lang en serve --data ward --port 0 --witness "$(cat witness.url)" >serve.url 2>serve.log & server=$!
for _ in $(seq 200); do [ -s serve.url ] && break; sleep 0.05; done
login=$(awk -F'\t' '$1=="auditor"{print $1}' ward/sample-accounts.txt)
password=$(awk -F'\t' '$1=="auditor"{print $2}' ward/sample-accounts.txt)
ask() { curl -sS -b jar -c jar -H 'Accept-Language: en' "$@"; }
csrf=$(ask -H 'Content-Type: application/json' -d "{\"login\":\"$login\",\"password\":\"$password\"}" "$(cat serve.url)/api/session" | jq -r .csrf)
for _ in $(seq 100); do
  ask "$(cat serve.url)/api/proofs" >proofs.json
  [ "$(jq -r '.verified != null and .unconfirmed == false and .signed == .size' proofs.json)" = true ] && break
  sleep 0.1
done
[ "$(jq -r '.verified.findings | length' proofs.json)" = 0 ] || fail "line $LINENO"; pass
[ "$(jq -r '.confirmed.name' proofs.json)" = audit.example ] || fail "line $LINENO"; pass

# Over HTTP: what a generic client of c2sp.org/tlog-tiles reads.
ask "$(cat serve.url)/audit/checkpoint" >http.checkpoint
"$verify" checkpoint http.checkpoint --key paper.pub --witness witness.pub >/dev/null || fail "line $LINENO"; pass
ask "$(cat serve.url)/audit/proof/consistency?old=$(sed -n 2p kept.checkpoint)&size=$(sed -n 2p http.checkpoint)" >consistency.txt
"$verify" consistency --old kept.checkpoint --new http.checkpoint --proof consistency.txt --key paper.pub >/dev/null || fail "line $LINENO"; pass
ask "$(cat serve.url)/audit/proof/inclusion?seq=1" >one.tlog-proof
ask "$(cat serve.url)/audit/leaf?seq=1" >one.leaf
ask "$(cat serve.url)/audit/leaf?seq=2" >two.leaf
"$verify" proof one.tlog-proof one.leaf --key paper.pub >/dev/null || fail "line $LINENO"; pass
refused "does not hold" "$verify" proof one.tlog-proof two.leaf --key paper.pub
ask -o http.tar -H "X-Rireki-CSRF: $csrf" -H 'Content-Type: application/json' -d '{}' "$(cat serve.url)/audit/bundle"
./go-verify http.tar paper.pub kept.checkpoint >/dev/null || fail "line $LINENO"; pass
for target in 'audit/proof/inclusion?seq=0' 'audit/proof/inclusion?seq=99999999' 'audit/proof/inclusion?seq=01' 'audit/proof/consistency?old=0' 'audit/proof/consistency?old=5&size=4' 'audit/proof/consistency?old=1&size=7777'; do
  [ "$(ask -o problem.json -w '%{http_code}' "$(cat serve.url)/$target")" = 400 ] || fail "$target: $(cat problem.json)"
  jq -e '.detail | length > 10' problem.json >/dev/null || fail "line $LINENO"; pass
done
for target in audit/tile/0/999 audit/tile/7/000 audit/tile/6/x001/000 audit/tile/9/000 audit/tile/0/000.p/300 audit/tile/entries/x; do [ "$(ask -o /dev/null -w '%{http_code}' "$(cat serve.url)/$target")" = 404 ] || fail "line $LINENO"; pass; done
kill $server && wait $server || true
[ "$(pgrep -fc "rireki-signer serve --folder $work" || true)" = 0 ] || fail "the signer outlived its server"
pass

# A backup from before is put back: refused, and the only way on says what was lost.
cp -r ward before
"$rireki" --lang en user --data ward add extra --role staff >/dev/null 2>&1
"$rireki" --lang en checkpoint --data ward --out later.checkpoint
[ "$(sed -n 2p later.checkpoint)" -gt "$(sed -n 2p http.checkpoint)" ] || fail "nothing was appended"
rm -rf ward && cp -r before ward
refused "were signed and the log has only" "$rireki" --lang en serve --data ward --port 0
refused "were signed and the log has only" "$rireki" --lang en import --data ward --holidays "$repository/samples/national-holidays.csv"
"$rireki" --lang en epoch --data ward --reason 'restored from the backup of yesterday' 2>/dev/null | grep -q "rireki/log/2" || fail "line $LINENO"; pass
"$rireki" --lang en verify --data ward >/dev/null 2>&1 || fail "line $LINENO"; pass
[ -z "$(find ward.signer/former -name keys)" ] || fail "the former epoch's private key is still there"; pass
# What was kept of the former epoch still counts: this log goes on from it, as far as it was not lost.
"$rireki" --lang en bundle --data ward --out second.tar >/dev/null
cat ward.signer/log.pub paper.pub >both.pub
"$verify" bundle second.tar --key both.pub --older kept.checkpoint >/dev/null || fail "line $LINENO"; pass
refused "former epoch" "$verify" bundle second.tar --key both.pub --older later.checkpoint

# The whole history rewritten and signed again with the real key: it holds by itself; what was kept elsewhere exposes it.
mkdir -m 700 forged.signer && cp real.keys forged.signer/keys
"$rireki" --lang en sample --data forged --staff 210 --years 1 --seed 2 >/dev/null 2>&1
"$rireki" --lang en bundle --data forged --out forged.tar >/dev/null
"$verify" bundle forged.tar --key paper.pub >/dev/null || fail "line $LINENO"; pass
refused "the history was rewritten since" "$verify" bundle forged.tar --key paper.pub --older kept.checkpoint
refused "kept.checkpoint" ./go-verify forged.tar paper.pub kept.checkpoint
cp kept.checkpoint state.checkpoint
refused "the history was rewritten since" "$verify" bundle forged.tar --key paper.pub --state state.checkpoint
cmp -s kept.checkpoint state.checkpoint || fail "line $LINENO"; pass  # what did not hold is not taken for seen
[ "$checks" = 37 ] || fail "$checks checks instead of 37"
echo "$checks checks passed"
