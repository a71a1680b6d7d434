#!/usr/bin/env bash
# The whole story on a short chain: a sequencer, a verifier without any state, a replica that does
# not execute, and what each does with input that somebody has tampered with. `make demo` runs it.
set -euo pipefail

fixtures=$PWD/fixtures report=$PWD/demo-report
# The one thing that verifier and replica are told: the hash of block 0.
trusted=0x6f31f21bd5eb6f206df5e5883511cdbae2c01c6de87407f0e28fd7172fda1a26

cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT
cp -r "$fixtures/chain/genesis.json" "$fixtures/pending" .

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# Shows a command, runs it, and ends the demo if it exits with another code than the first word.
expect() {
	local wanted=$1 code=0
	shift
	printf '\n$ %s\n' "$*"
	"$@" || code=$?
	if [ "$code" != "$wanted" ]; then
		printf 'exit code %s, not %s: the demo fails\n' "$code" "$wanted" >&2
		exit 1
	fi
	[ "$code" = 0 ] || printf 'exit code %s, as it must be\n' "$code"
}

# Changes one bit of a byte of a file.
tamper() {
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

say 'A sequencer holds the whole state, builds blocks from transactions, and hands out a bundle of each.'
expect 0 weakstate init sequencer --genesis genesis.json
expect 0 weakstate build sequencer pending -o bundles

say 'A verifier has no state. It re-executes each block from its bundle alone, and trusts one hash.'
expect 0 weakstate verify bundles --chain genesis.json --parent $trusted

say 'What it checked of the last block:'
expect 0 weakstate verify bundles/8.bundle --chain genesis.json --parent bundles/7.bundle --checks

say 'A replica holds the whole state too, and follows by deltas without executing anything.'
expect 0 weakstate init replica --genesis genesis.json
last=$(weakstate state show sequencer --json | sed 's/.*"hash": "\([^"]*\)".*/\1/')
expect 0 weakstate apply replica bundles --trust "$last"

say 'All three have come to one state root:'
roots=$(
	weakstate state show sequencer --json | sed 's/.*"state_root": "\([^"]*\)".*/\1  sequencer/'
	weakstate verify bundles --chain genesis.json --parent $trusted --json | tail -n 1 |
		sed 's/.*"post_state_root": "\([^"]*\)".*/\1  verifier/'
	weakstate state show replica --json | sed 's/.*"state_root": "\([^"]*\)".*/\1  replica/'
)
printf '%s\n' "$roots"
[ "$(cut -d ' ' -f 1 <<<"$roots" | sort -u | grep -c '^0x')" = 1 ]

say 'Somebody changes one bit of a witness: it proves nothing any more, and the block stays unjudged.'
expect 0 weakstate convert bundles/5.bundle --to block --lossy -o 5.block
expect 0 weakstate convert bundles/5.bundle --to bytes --lossy -o 5.witness
expect 0 tamper 5.witness 600
expect 3 weakstate verify 5.block 5.witness --chain genesis.json --parent bundles/4.bundle

say 'Somebody changes one bit of a balance in a delta: another root comes out, and the state stays as it was.'
expect 0 weakstate convert bundles/5.bundle --to delta --lossy -o 5.delta
expect 0 tamper 5.delta 519
expect 0 weakstate revert replica --to 4
expect 4 weakstate apply replica 5.delta 5.block
expect 0 weakstate apply replica bundles --trust "$last" -q
expect 0 weakstate state check replica

say 'What would these witnesses take over other trees, in a state as large as that of mainnet?'
rm -rf "$report"
options=(--chain genesis.json --state-size 2000000000 --no-timing)
expect 0 weakstate report bundles "${options[@]}" -o "$report" >report.txt
sed -n '/^\$/p; /^8 blocks/,$p' report.txt
printf 'The whole report, with charts: %s/report.html\n' "$report"
