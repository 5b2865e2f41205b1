#!/bin/bash
# How the engines grow: bench/growth.sh PEERS [MOST] prints what a record costs in ns on one core, from a thousand
# records to MOST (ten million by default; those take 2 GB of disk and up to 12 GB of memory). PEERS is the folder of
# the comparison after a run of its own there (README.md): its data generator, C reference and DuckDB are used. The
# totals of all lines of a size must be equal to the fen.
set -eu
bench=$(dirname -- "$(readlink -f -- "$0")")
most=${2:-10000000}
cd -- "${1:?the folder of the peers}"
lines=$(mktemp)
trap 'rm -f -- "$lines" data/d10000000.csv' EXIT

sizes=()
for ((n = 1000; n <= most; n *= 10)); do
    sizes+=("$n")
    [ -s "data/d$n.csv" ] || out/gen "$n" >"data/d$n.csv"
    echo "  $n" >&2
    {
        out/c_ref "data/d$n.csv" "$n"
        "$bench/engine" "data/d$n.csv" "$n"
        [ ! -d node_modules/@duckdb ] || node src/b_duckdb.mjs "data/d$n.csv" "$n" enum
    } >>"$lines"
done

awk -v sizes="${sizes[*]}" '
    function field(name,  at) {
        at = match($0, "\"" name "\": ?(\"[^\"]*\"|[-+.0-9e]+|\\[[^]]*\\])")
        return at ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : ""
    }
    {
        who = field("engine") ", " field("mode"); gsub(/["]/, "", who); sub(/^ /, "", who)
        n = field("n") + 0
        if (!(who in seen)) { seen[who] = 1; order[++count] = who }
        cost[who, n] = field("ns") + 0
        split(field("digest"), sums, /[][,]/)
        total = sums[2] + 0
        if (!(n in agreed)) agreed[n] = total
        if (agreed[n] != total) differ[who] = 1
    }
    END {
        split(sizes, size, " ")
        printf "%-64s", "ns a record, one core"
        for (k = 1; k in size; k++) printf "%12d", size[k]
        print "   totals"
        for (i = 1; i <= count; i++) {
            printf "%-64s", order[i]
            for (k = 1; k in size; k++) printf "%12.1f", cost[order[i], size[k]]
            print (order[i] in differ) ? "   DIFFER" : "   agree"
        }
        for (who in differ) exit 1
    }' "$lines"
