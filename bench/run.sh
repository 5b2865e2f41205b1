#!/bin/bash
# Measures the engine and prints one table (README.md says what the columns are):
#   bench/run.sh [rounds]       the engine and, where BENCH_PEERS names their folder, the peers beside it
#   QUICK=1 bench/run.sh        without the peers' longest runs;  ONLY='^(c|python|engine)$' a part of them
set -u
root=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
rounds=${1:-3}
build=${BENCH_BUILD:-$root/build-bench}
pack=$root/policies/songjiang-2024
scratch=$(mktemp -d) || exit 1
trap 'rm -rf -- "$scratch"' EXIT
cd "$root" || exit 1

configure() {
    [ -f "$build/build.ninja" ] || meson setup "$build" --buildtype=release -Dbench=true
}
if ! { configure && ninja -C "$build"; } >"$scratch/build.log" 2>&1; then
    tail -n 40 "$scratch/build.log" >&2
    exit 1
fi

echo '# one assessment of all items, in process'
"$build/bench/bench_assess" "$pack" examples/*.json bench/all-known.json
echo
echo '# duixian assess, as a process'
"$build/bench/bench_assess" "$pack" --program "$build/duixian" examples/cloud-chain.json
echo
echo '# whole populations: all items by columns and by rows, with none, a third and all of the facts not known'
for unknown in 0 33 100; do
    "$build/bench/bench_survey" "$pack" 20000 "$unknown"
done
echo
echo '# models'
"$build/bench/bench_models" --table 3700
if [ -d "${DMN_TCK:-}" ]; then
    "$build/bench/bench_models" "$DMN_TCK"
fi

if [ ! -d "${BENCH_PEERS:-}" ]; then
    echo
    echo '# BENCH_PEERS names no folder: no peers'
    exit 0
fi
echo
echo '# the shared model, beside its peers'
cp -r -- "$BENCH_PEERS" "$scratch/peers" && chmod -R u+w "$scratch/peers" || exit 1
export BENCH_BUILD; BENCH_BUILD=$(readlink -f -- "$build")
ENGINE_CMD="$root/bench/engine" \
    ENGINE_COLD="$root/bench/engine data/d1000.csv 1 cold" "$scratch/peers/run.sh" "$rounds"
echo
echo '# how each grows'
"$root/bench/growth.sh" "$scratch/peers" "${BENCH_MOST:-10000000}"
