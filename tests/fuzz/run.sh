#!/usr/bin/env bash
# Runs fuzz targets of a built tree, for so long each, and says what came of it. `./dev fuzz` calls it.
#
# usage: run.sh BUILD_FOLDER all|TARGET SECONDS JOBS
#
# What a target learnt stays in BUILD_FOLDER/fuzz/corpus/TARGET, so that the next run goes on from there; an input that
# breaks a property, in BUILD_FOLDER/fuzz/findings. Every run adds a line to BUILD_FOLDER/fuzz/executions.tsv.
set -euo pipefail
build=$(cd "$1" && pwd) wanted=$2 seconds=$3 jobs=$4
seeds=$(cd "$(dirname "$0")/corpus" && pwd)
work=$build/fuzz
mkdir -p "$work/corpus" "$work/findings" "$work/logs"

if [ "$wanted" = all ]; then
  mapfile -t targets < <(cd "$seeds" && ls)
else
  [ -d "$seeds/$wanted" ] || { echo "fuzz: no target $wanted; one of: $(ls "$seeds" | tr '\n' ' ')" >&2; exit 2; }
  targets=("$wanted")
fi

run_one() {
  local target=$1 fuzzer=$build/tests-bin/vervet_fuzz_$1 log=$work/logs/$1.log executions findings status=0
  mkdir -p "$work/corpus/$target"
  "$build/bin/vervet_fuzz_seeds" "$seeds/$target" "$work/seeds/$target"
  "$fuzzer" -max_total_time="$seconds" -max_len=2048 -timeout=30 -rss_limit_mb=3072 -print_final_stats=1 \
    -artifact_prefix="$work/findings/$target-" "$work/corpus/$target" "$work/seeds/$target" >"$log" 2>&1 || status=$?
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  findings=0
  if [ "$status" -ne 0 ] && [ "$status" -ne 72 ]; then  # 72: interrupted
    findings=1
    cp "$log" "$work/findings/$target-$(date +%s).log"
  fi
  # After a finding there are no statistics: the last progress line counts.
  [ -n "$executions" ] || executions=$(sed -n 's/^#\([0-9]*\).*/\1/p' "$log" | tail -1)
  printf '%s\t%s\t%s\t%s\n' "$target" "${executions:-0}" "$seconds" "$findings" >>"$work/executions.tsv"
  printf '%-12s %12s executions  %s\n' "$target" "${executions:-0}" \
    "$([ "$findings" = 0 ] && echo "no finding" || echo "FINDING: $log")"
}
export -f run_one
export build work seeds seconds

mkdir -p "$work/seeds"
touch "$work/executions.tsv"
before=$(wc -l <"$work/executions.tsv")
printf '%s\n' "${targets[@]}" | xargs -P "$jobs" -I{} bash -c 'run_one {}'
tail -n +"$((before + 1))" "$work/executions.tsv" |
  awk -F'\t' '{ e += $2; f += $4 } END { printf "%-12s %12d executions  %d findings\n", "all", e, f; exit f != 0 }'
