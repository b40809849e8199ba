#!/bin/bash
# The walls between the folders, as docs/architecture.md draws them, kept by looking at every #include.
# First it plants one breach of each kind in a scratch tree and must find it; then it looks at the project.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
breaches=$(mktemp)
scratch=$(mktemp -d)
trap 'rm -rf "$breaches" "$scratch"' EXIT

# sources DIR...: the C++ files under these folders of the current one.
sources() {
  local dir
  for dir in "$@"; do
    [ -d "$dir" ] && find "$dir" -type f \( -name '*.h' -o -name '*.cc' \)
  done | sort
}

# forbid WHY PATTERN: reads file names; every #include in them whose target begins with PATTERN is a breach.
forbid() {
  local why=$1 pattern=$2
  xargs -r grep -nHE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($pattern)" | sed "s|\$|   -- $why|" >>"$breaches"
}

# The folders of core and what each may include of core beside itself.
declare -A core_may=(
  [base]="" [oprf]="base" [storage]="base" [log]="base" [index]="base oprf log" [views]="base oprf log index"
  [cli]="base" [net]="base")

check() {
  local root=$1 folder other above public=member-sdk/include
  cd "$root" || return 2
  : >"$breaches"

  # The two sides never include each other. Generated messages are "vervet/v1/..."; <vervet/...> is the SDK.
  sources hub | forbid "the hub does not know the SDK" 'member-sdk/|vervet/[a-z_]+\.h'
  sources member-sdk | forbid "the SDK does not know the hub" 'hub/'
  sources core | forbid "core knows neither side" 'hub/|member-sdk/|vervet/[a-z_]+\.h'
  sources core hub member-sdk | forbid "nothing depends on tests or examples" 'tests/|examples/'

  # gRPC is a shell.
  { sources core | grep -vE '^core/net/' ; sources core/net | grep -E '/(identity|refusal|retry_after|crl_dir|tls_files|x509)\.(h|cc)$'
    sources hub | grep -vE '^hub/(services|access|server|cli|dashboard)/'
    sources member-sdk | grep -vE '^member-sdk/src/transport/'
  } | forbid "gRPC is not for this folder" 'grpc/|grpcpp/|[^">]*\.grpc\.pb\.h'

  # What a platform's engineers include.
  sources "$public" | forbid "public headers show no such type" 'grpc/|grpcpp/|google/protobuf|[^">]*\.pb\.h|core/'

  for folder in "${!core_may[@]}"; do
    [ -d "core/$folder" ] || continue
    above=""
    for other in "${!core_may[@]}"; do
      case " $folder ${core_may[$folder]} " in *" $other "*) ;; *) above+="${above:+|}core/$other/" ;; esac
    done
    sources "core/$folder" | forbid "core/$folder stands below or beside it" "$above"
  done
  for folder in core/*/; do
    [ -d "$folder" ] || continue
    folder=$(basename "$folder")
    [ -n "${core_may[$folder]+known}" ] || echo "core/$folder: has no row in this test" >>"$breaches"
  done
  [ ! -s "$breaches" ]
}

# planted FILE INCLUDE: this one line must be a breach, and the only one.
planted() {
  rm -rf "${scratch:?}"/*
  mkdir -p "$scratch/$(dirname "$1")"
  echo "#include $2" >"$scratch/$1"
  if (check "$scratch") || [ "$(wc -l <"$breaches")" -ne 1 ]; then
    echo "layering: does not notice $2 in $1" >&2
    exit 1
  fi
}
# allowed FILE INCLUDE: and this one must not be.
allowed() {
  rm -rf "${scratch:?}"/*
  mkdir -p "$scratch/$(dirname "$1")"
  echo "#include $2" >"$scratch/$1"
  if ! (check "$scratch"); then
    echo "layering: refuses $2 in $1" >&2
    exit 1
  fi
}

planted hub/log/a.cc '"member-sdk/src/vault/vault.h"'
planted hub/log/a.cc '<vervet/client.h>'
planted member-sdk/src/engine/a.cc '"hub/log/event_log.h"'
planted core/log/a.h '"hub/log/event_log.h"'
planted core/log/a.h '"member-sdk/src/vault/vault.h"'
planted core/log/a.h '<vervet/record.h>'
planted core/log/a.h '"tests/core/base/gate.h"'
planted hub/engine/a.cc '<grpcpp/grpcpp.h>'
planted hub/log/a.cc '"vervet/v1/exchange.grpc.pb.h"'
planted core/net/identity.h '<grpc/grpc.h>'
planted member-sdk/src/engine/a.cc '<grpcpp/grpcpp.h>'
planted member-sdk/include/vervet/a.h '"vervet/v1/types.pb.h"'
planted member-sdk/include/vervet/a.h '<google/protobuf/message.h>'
planted core/base/a.h '"core/log/event.h"'
planted core/log/a.h '"core/storage/database.h"'
planted core/index/a.h '"core/views/roster.h"'
planted core/newcomer/a.h '<string>'
allowed hub/services/a.cc '<grpcpp/grpcpp.h>'
allowed core/net/channel.h '<grpcpp/grpcpp.h>'
allowed member-sdk/src/transport/a.cc '"vervet/v1/exchange.grpc.pb.h"'
allowed hub/engine/a.cc '"vervet/v1/exchange.pb.h"'
allowed core/views/a.h '"core/log/event.h"'
allowed member-sdk/src/engine/a.cc '<vervet/client.h>'

if [ "$(cd "$here" && sources core hub member-sdk | wc -l)" -lt 50 ]; then
  echo "layering: finds no project under $here" >&2
  exit 1
fi
if ! (check "$here"); then
  echo "layering: an #include crosses a wall:" >&2
  cat "$breaches" >&2
  exit 1
fi
echo "layering: $(cd "$here" && sources core hub member-sdk | wc -l) files keep to the walls"
