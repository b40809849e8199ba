#!/usr/bin/env bash
# What a platform's engineer and a hub's operator get from `cmake --install`: the examples are built against it from
# outside the tree, and run against an installed hub.
#   install_test.sh BUILD_DIR CXX
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$1
cxx=$2
WORK=$(mktemp -d)
HUB_PID=
trap '[ -z "$HUB_PID" ] || kill -KILL "$HUB_PID"; rm -rf "$WORK"' EXIT
prefix=$WORK/prefix
BIN=$prefix/bin
# shellcheck source=tests/packaging/coalition.sh
. "$here/coalition.sh"

# expect FILE TEXT: the file has a line with that text.
expect() { grep -qF -- "$2" "$1" || fail "no line '$2' in $1, which reads: $(cat "$1")"; }

cmake --install "$build" --prefix "$prefix" >"$WORK/install.log"

echo "== the installed files lead nowhere into the tree"
grep -rlF -e "$root" -e "$build" "$prefix/lib" "$prefix/etc" "$prefix/include" && fail "these files name the build's folders"
libdir=$(dirname "$(find "$prefix/lib" -name libvervet-sdk.so)")
library=$libdir/libvervet-sdk.so
if readelf -d "$library" "$BIN"/vervet{,-hub,-member} | grep -E 'RPATH|RUNPATH|TEXTREL'; then fail "a search path or text relocation"; fi

echo "== the library exports the headers' functions and nothing else"
declared=$(sed -nE 's/^([a-z][A-Za-z0-9_:<>, ]*|  static [^(]*)[ *&]+([A-Z][A-Za-z]+)\(.*\);.*/\2/p' \
  "$prefix"/include/vervet/*.h | sort -u)
exported=$(nm -DC --defined-only "$library" | sed -E 's/^[0-9a-f]+ . //' | sort -u)
[ "$(wc -l <<<"$declared")" -ge 10 ] || fail "this test finds no declarations"
for name in $declared; do
  # A function that returns a std::string has [abi:cxx11] in its name.
  grep -qE "^vervet::([A-Z][A-Za-z]+::)?$name(\[abi:cxx11\])?\(" <<<"$exported" ||
    fail "$name is declared and not exported: packaging/sdk/exported_symbols.map"
done
while read -r symbol; do
  name=$(sed -nE 's/^vervet::([A-Z][A-Za-z]+::)?([A-Z][A-Za-z]+)(\[.*\])?\(.*/\2/p' <<<"$symbol")
  [ -n "$name" ] && grep -qhE "[ *&]$name\(" "$prefix"/include/vervet/*.h || fail "exported and not public: $symbol"
done <<<"$exported"

echo "== every header stands by itself, in C++17 and through pkg-config"
export PKG_CONFIG_PATH=$libdir/pkgconfig
# The SDK's own version, one place for all: CMakeLists.txt.
version=$(sed -nE 's/^project\(Vervet VERSION ([0-9.]+).*/\1/p' "$root/CMakeLists.txt")
[ "$(pkg-config --modversion vervet-sdk)" = "$version" ] || fail "pkg-config has another version"
read -ra flags <<<"$(pkg-config --cflags vervet-sdk)"
for header in "$prefix"/include/vervet/*.h; do
  echo "#include <vervet/$(basename "$header")>"
done >"$WORK/headers.cc"
"$cxx" -std=c++17 -Wall -Wextra -Werror -fsyntax-only "${flags[@]}" "$WORK/headers.cc"

echo "== examples, built outside the tree"
examples=$prefix/share/doc/libvervet-sdk-dev/examples
for example in sign_up_check nightly_backfill match_handler; do
  (
    cmake -S "$examples/$example" -B "$WORK/build/$example" -DCMAKE_CXX_COMPILER="$cxx" \
      -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" >"$WORK/$example.log" 2>&1 &&
      cmake --build "$WORK/build/$example" >>"$WORK/$example.log" 2>&1
  ) || fail "$example: $(tail -n 30 "$WORK/$example.log")"
done
sign_up_check=$WORK/build/sign_up_check/sign-up-check
nightly_backfill=$WORK/build/nightly_backfill/nightly-backfill
match_handler=$WORK/build/match_handler/match-handler

echo "== a program of another minor version is refused when it is configured"
mkdir "$WORK/newer"
printf 'cmake_minimum_required(VERSION 3.16)\nproject(newer CXX)\nfind_package(Vervet 0.99 CONFIG REQUIRED)\n' \
  >"$WORK/newer/CMakeLists.txt"
if cmake -S "$WORK/newer" -B "$WORK/newer/build" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_PREFIX_PATH="$prefix" \
  >"$WORK/newer.log" 2>&1; then fail "version 0.99 was found"; fi
expect "$WORK/newer.log" "version: $version"

echo "== a coalition of installed programs"
# Twelve phone numbers a member, and no new ones at midnight: the backfill below needs more.
found_coalition 'budgets { types { type: "PHONE" daily: 12 total: 12 } }'
start_hub
open_office
member market "Example Market"
member social "Example Social"
# The platform whose own service runs the examples, with a vault of the service's own.
folder=$WORK/social/service
mkdir -m 0700 "$folder"
for file in pem key; do cp "$WORK/social/social.$file" "$folder/member.$file"; done
cp "$WORK/ca/ca.pem" "$folder/"
(umask 077 && openssl rand -hex 32 >"$folder/vault.key")
export VERVET_HUB=$HUB VERVET_COALITION=coalition.example VERVET_LOG_KEY=$LOG_KEY VERVET_FOLDER=$folder

echo "== sign-up check"
publish market '+44 20 7946 0018' CASE-1 >/dev/null
printf '%s\n' 'user-1,020 7946 0018,GB,' 'user-2,020 7946 0020,GB,' 'user-3,12,GB,' >"$WORK/sign_ups"
"$sign_up_check" 20000 <"$WORK/sign_ups" >"$WORK/out" 2>"$WORK/err"
expect "$WORK/out" "user-1: review: acted on by Example Market: offer_for_sale of Loxodonta africana, reviewer_confirmed, by phone, their case CASE-1"
expect "$WORK/out" "user-2: let in"
expect "$WORK/out" "user-3: correct the phone: "
# The same while another SQLite is in the process, as in most: the vault must not meet its functions.
cat >"$WORK/other_sqlite.c" <<'C'
#include <stdlib.h>
int sqlite3_open_v2(const char* file, void** db, int flags, const char* vfs) { abort(); }
int sqlite3_prepare_v2(void* db, const char* sql, int n, void** statement, const char** tail) { abort(); }
int sqlite3_step(void* statement) { abort(); }
C
cc -shared -fPIC -o "$WORK/other_sqlite.so" "$WORK/other_sqlite.c"
LD_PRELOAD=$WORK/other_sqlite.so "$sign_up_check" 20000 <"$WORK/sign_ups" >"$WORK/out" 2>"$WORK/err" ||
  fail "does not run beside another SQLite: $(cat "$WORK/err")"
expect "$WORK/out" "user-1: review: acted on by Example Market"

echo "== nightly backfill"
# Of the twelve evaluations two went to sign-ups: ten users tonight, in batches of five.
for i in $(seq 10 34); do echo "user-$i,020 7946 01$i,GB"; done >"$WORK/users.csv"
publish market '+44 20 7946 0131' CASE-2 >/dev/null
backfill() { "$nightly_backfill" "$WORK/users.csv" "$WORK/cursor" 5 >"$WORK/out" 2>"$WORK/err"; }
status=0
backfill || status=$?
[ "$status" = 75 ] || fail "the first night ended with $status: $(cat "$WORK/out" "$WORK/err")"
expect "$WORK/out" "25 users, 0 of them done before"
expect "$WORK/out" "stopped after 10 users: "
office budgets grant social phone 1000 --until "$(date -u -d '+2 days' +%F)" --reason 'first check of all users' >/dev/null
backfill || fail "the second night ended with $?: $(cat "$WORK/out" "$WORK/err")"
expect "$WORK/out" "25 users, 10 of them done before"
expect "$WORK/out" "review user-31"
expect "$WORK/out" "all 25 users are checked"

echo "== match handler"
mkfifo "$WORK/decisions"
# start_handler OUT: a new process on the same cases.
start_handler() {
  "$match_handler" "$WORK/cases" <"$WORK/decisions" >"$1" 2>>"$WORK/err" &
  handler=$!
  exec 3>"$WORK/decisions"
  said "$1" ready
}
start_handler "$WORK/first"
record=$(publish market '+44 20 7946 0120' CASE-3)
said "$WORK/first" "review $record user-20: acted on by Example Market, offer_for_sale of Loxodonta africana"
echo "suspend $record user-20" >&3
said "$WORK/first" "noted $record user-20"
kill -KILL "$handler"
wait "$handler" 2>/dev/null || true
exec 3>&-
start_handler "$WORK/second"
"$BIN/vervet-member" --config "$WORK/market/member.textproto" retract "$record" --reason 'wrong number' >/dev/null
said "$WORK/second" "ended $record: retracted"
said "$WORK/second" "look again $record user-20: retracted, account suspended"
echo "reversed $record" >&3
said "$WORK/second" "acknowledged $record"
exec 3>&-
wait "$handler" || fail "the match handler ended with $?: $(cat "$WORK/err")"
if grep -q review "$WORK/second"; then fail "a case was opened twice: $(cat "$WORK/second")"; fi
office records show "$record" | grep -E 'member/social\).* reversed ' >/dev/null ||
  fail "the hub does not know of the remedy: $(office records show "$record")"

echo "== without the hub"
# Whom the vault has seen is answered; a newcomer gets in and is asked about later.
stop_hub
printf 'user-4,020 7946 0021,GB,\n' >>"$WORK/sign_ups"
timeout 60 "$sign_up_check" 20000 <"$WORK/sign_ups" >"$WORK/out" 2>"$WORK/err"
expect "$WORK/out" "user-1: review: acted on by Example Market"
expect "$WORK/out" "user-2: let in"
expect "$WORK/out" "user-4: let in, ask again later: phone"
echo "packaging: the examples run against the installed package"
