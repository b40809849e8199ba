#!/bin/sh
# lane_symbols.sh NM LIBRARY: what is compiled for a newer processor offers its one function and nothing that the linker
# might take for the rest of the program: no weak symbol (an inline function, a template of std:: or absl::).
set -eu
nm=$1 library=$2
found=$("$nm" -C -A --defined-only "$library" | grep -E '[:/](avx2|ifma|portable)\.cc\.o:' || true)
for unit in Avx2Ops IfmaOps PortableOps; do
  case $found in
    *" T vervet::oprf::$unit()"*) ;;
    *) echo "no $unit in $library"; [ "$(uname -m)" != x86_64 ] && [ "$unit" != PortableOps ] || exit 1 ;;
  esac
done
weak=$(printf '%s\n' "$found" | grep -E ' [A-Zuvw] ' | grep -vE ' T vervet::oprf::(Avx2|Ifma|Portable)Ops\(\)$' || true)
if [ -n "$weak" ]; then
  echo "these could be used by the whole program, on a processor that cannot run them:"
  printf '%s\n' "$weak"
  exit 1
fi
