#!/bin/bash
# How much the server takes: bench/load.sh [SECONDS [CONNECTIONS]]. wrk beside it, over loopback, plays clients that
# assess, read pages and ask /healthz, which does nothing and so shows what HTTP alone costs on this machine.
# Prints requests a second, the 99th percentile, the memory of the server, and both as ratios to /healthz.
set -eu
root=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
seconds=${1:-10} connections=${2:-64}
program=${DUIXIAN:-$root/build/duixian}
command -v wrk >/dev/null || { echo 'wrk is not here: apt-get install wrk' >&2; exit 1; }

work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; wait; rm -rf "$work"' EXIT
mkdir "$work/web"
printf '<!doctype html><title>Duixian</title>%4000s' '' >"$work/web/index.html"

begun=$(date +%s%N)
"$program" serve --listen 127.0.0.1:0 --lang en --web "$work/web" 2>"$work/log" &
server=$!
until url=$(grep -o 'http://[0-9.:]*' "$work/log"); do sleep 0.005; done
curl -sf "$url/healthz" >/dev/null
printf 'start to first answer: %d ms\n' $((($(date +%s%N) - begun) / 1000000))

memory() {
    awk '/VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$server/status"
}

{
    printf 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[{"facts": '
    cat "$root/examples/precision-works.json"
    printf '}]==]\n'
} >"$work/assess.lua"

# One kind of request: requests a second, and the 99th percentile in milliseconds.
measure() {
    wrk -t1 -c"$connections" -d"${seconds}s" --latency "${@:3}" "$url$2" >"$work/$1"
    local rate p99 errors
    rate=$(awk '/Requests\/sec/ { print $2 }' "$work/$1")
    p99=$(awk '$1 == "99%" { v = $2 + 0; if ($2 ~ /us/) v /= 1000; else if ($2 !~ /ms/) v *= 1000; print v }' "$work/$1")
    errors=$(grep -E 'Non-2xx|Socket errors' "$work/$1" || true)
    printf '%-12s %10.0f requests/s   p99 %8.2f ms   %6s MB   %s\n' "$1" "$rate" "$p99" "$(memory)" "$errors"
    echo "$rate $p99" >"$work/$1.result"
}

measure healthz /healthz
measure page /
measure assessments /api/v1/assessments -s "$work/assess.lua"

for kind in page assessments; do
    paste -d' ' "$work/$kind.result" "$work/healthz.result" |
        awk -v kind="$kind" '{ printf "%-12s %10.2f of the requests, %.1f times the p99 of /healthz\n", kind, $1 / $3, $2 / $4 }'
done
