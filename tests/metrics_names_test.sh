#!/bin/bash
# The board, the alarms and docs/operating.md name the metrics that the code has, and the manual names all of them.
set -u
cd "${1:?root of the project}" || exit 2

# Names in the code: string literals of their own.
code=$(grep -rhoE '"(vervet_(hub|sdk)|process)_[a-z_]+"' core/base hub member-sdk --include='*.cc' --include='*.h' |
  tr -d '"' | sort -u | grep -v '_$')
# names FILE...: what these files mention, histograms' samples under their family's name.
names() {
  grep -hoE '\b(vervet_(hub|sdk)_[a-z_]+|process_[a-z_]*(seconds|bytes|fds|threads|total))\b' "$@" |
    sed -E 's/_(bucket|sum|count)$//' | sort -u
}

status=0
if [ "$(echo "$code" | wc -l)" -lt 40 ]; then
  echo "metrics names: finds too few in the code to say anything" >&2
  exit 1
fi
board=docs/grafana/vervet-hub.json alarms=docs/grafana/vervet-alarms.yml manual=docs/operating.md
if [ "$(names "$board" "$alarms" | wc -l)" -lt 15 ]; then
  echo "metrics names: finds too few on the board and in the alarms" >&2
  exit 1
fi
for name in $(names "$board" "$alarms" "$manual"); do
  # A prefix alone, in a sentence about names.
  case $name in vervet_hub_ | vervet_sdk_) continue ;; esac
  grep -qx "$name" <<<"$code" || { echo "metrics names: the documents have $name, the code has not" >&2; status=1; }
done
for name in $code; do
  names "$manual" | grep -qx "$name" || { echo "metrics names: $manual does not list $name" >&2; status=1; }
done
# Every alarm is in the manual.
for alarm in $(grep -oE 'alert: [A-Za-z]+' "$alarms" | cut -d' ' -f2); do
  grep -q "\`$alarm\`" "$manual" || { echo "metrics names: $manual does not describe $alarm" >&2; status=1; }
done
exit $status
