#!/usr/bin/env bash
# The Debian packages: what they hold and ask for, and that a hub from them founds a coalition and serves.
#   deb_test.sh BUILD_DIR      exit status 77: this machine makes no .deb files
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1
command -v dpkg-shlibdeps >/dev/null || { echo "dpkg-shlibdeps is missing: skipped"; exit 77; }
WORK=$(mktemp -d)
HUB_PID=
trap '[ -z "$HUB_PID" ] || kill -KILL "$HUB_PID"; rm -rf "$WORK"' EXIT
root=$WORK/root
BIN=$root/usr/bin
# shellcheck source=tests/packaging/coalition.sh
. "$here/coalition.sh"

# A fast compression: the content is what is tested.
cpack --config "$build/CPackConfig.cmake" -B "$WORK/debs" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip \
  >"$WORK/cpack.log" 2>&1 || fail "cpack: $(tail -n 20 "$WORK/cpack.log")"

deb() { echo "$WORK"/debs/"$1"_*.deb; }
field() { dpkg-deb -f "$(deb "$1")" "$2"; }
needs() { grep -qE "(^|, )$2( |,|$)" <<<"$(field "$1" Depends)" || fail "$1 does not depend on $2: $(field "$1" Depends)"; }
never_needs() { if grep -qE "$2" <<<"$(field "$1" Depends)"; then fail "$1 depends on $2: $(field "$1" Depends)"; fi; }
holds() { grep -qE -- "$2" "$WORK/$1.list" || fail "$1 does not hold $2: $(cat "$WORK/$1.list")"; }

version=$("$build/bin/vervet-hub" --version | sed 's/.* //')
library=$(basename "$(echo "$WORK"/debs/libvervet-sdk[0-9]*.deb)" | sed 's/_.*//')
soversion=${library#libvervet-sdk}
packages=(vervet-hub vervet-tools "$library" libvervet-sdk-dev)
[ "$(find "$WORK/debs" -maxdepth 1 -name '*.deb' | wc -l)" = 4 ] || fail "not four packages: $(ls "$WORK/debs")"
for package in "${packages[@]}"; do
  [ "$(field "$package" Version)" = "$version-1" ] || fail "$package has version $(field "$package" Version)"
  dpkg-deb -c "$(deb "$package")" >"$WORK/$package.list"
  if grep -v 'root/root' "$WORK/$package.list"; then fail "$package holds files that are not root's"; fi
  if grep -E '^[^ ]{8}w' "$WORK/$package.list" | grep -v '^l'; then fail "$package holds files that all may write"; fi
  if grep -E ' \./(usr/local|tmp|home|root)' "$WORK/$package.list"; then fail "$package holds files where none belong"; fi
  dpkg-deb -x "$(deb "$package")" "$root"
  dpkg-deb -e "$(deb "$package")" "$WORK/$package.control"
done

echo "== what they need"
needs vervet-hub adduser
needs vervet-hub 'libgrpc\+\+1\.51'
needs vervet-hub libsqlcipher0
never_needs vervet-hub '[-]dev'
needs vervet-tools openssl
needs "$library" 'libphonenumber8[-a-z0-9]*'
# Inside the library, and never beside another SQLite.
never_needs "$library" sqlcipher
needs libvervet-sdk-dev libabsl-dev
grep -qF "$library (= $version-1)" <<<"$(field libvervet-sdk-dev Depends)" || fail "headers of another version than the library"
never_needs libvervet-sdk-dev 'grpc|protobuf'

echo "== what they hold"
holds vervet-hub ' \./usr/bin/vervet-hub$'
holds vervet-hub ' \./usr/lib/systemd/system/vervet-hub\.service$'
holds vervet-hub ' \./etc/vervet/hub\.textproto$'
[ "$(cat "$WORK/vervet-hub.control/conffiles")" = /etc/vervet/hub.textproto ] || fail "the configuration is no conffile"
for script in postinst prerm postrm; do
  [ -x "$WORK/vervet-hub.control/$script" ] || fail "$script is not executable"
  sh -n "$WORK/vervet-hub.control/$script" || fail "$script"
done
for program in vervet vervet-dashboard vervet-member vervet-certs; do holds vervet-tools " \./usr/bin/$program\$"; done
holds "$library" "libvervet-sdk\.so\.$soversion "
grep -qF "libvervet-sdk $soversion $library" "$WORK/$library.control/shlibs" || fail "shlibs: $(cat "$WORK/$library.control/shlibs")"
holds libvervet-sdk-dev ' \./usr/include/vervet/client\.h$'
holds libvervet-sdk-dev '/cmake/Vervet/VervetConfig\.cmake$'
holds libvervet-sdk-dev '/pkgconfig/vervet-sdk\.pc$'
if grep -rlF "$build" "$root"; then fail "these files name the build's folder"; fi

echo "== the units"
unit=$root/usr/lib/systemd/system/vervet-hub.service
grep -qxF 'ExecStart=/usr/bin/vervet-hub serve --config /etc/vervet/hub.textproto' "$unit" || fail "$(grep ExecStart "$unit")"
for line in LimitNOFILE=65536 ProtectSystem=strict NoNewPrivileges=yes MemoryDenyWriteExecute=yes Restart=on-failure; do
  grep -qxF "$line" "$unit" || fail "vervet-hub.service lacks $line"
done
# Where there is a systemd, its own opinion.
if command -v systemd-analyze >/dev/null; then
  mkdir -p "$WORK/units"
  sed 's|^User=.*|User=root|; s|^Group=.*|Group=root|; s|/usr/bin/vervet-hub|'"$root"'&|' "$unit" >"$WORK/units/vervet-hub.service"
  systemd-analyze verify "$WORK/units/vervet-hub.service" >"$WORK/verify" 2>&1 || fail "systemd-analyze verify: $(cat "$WORK/verify")"
  if grep -F vervet-hub "$WORK/verify"; then fail "systemd-analyze verify has something to say"; fi
  systemd-analyze security --offline=true --threshold=20 "$unit" >"$WORK/security" 2>&1 ||
    fail "systemd-analyze security: $(tail -n 1 "$WORK/security")"
fi

echo "== a hub from the packages serves"
found_coalition
# The packaged configuration is right but for the paths.
sed "s|/var/lib/vervet/tls/|$WORK/hub/|; s|/var/lib/vervet/[a-z]*/|$WORK/hub/|; s|$WORK/hub/crls|$WORK/ca/crls|; s|0.0.0.0:7443|127.0.0.1:0|" \
  "$root/etc/vervet/hub.textproto" >"$WORK/hub/hub.textproto"
"$BIN/vervet-hub" check-config --config "$WORK/hub/hub.textproto" >/dev/null
start_hub
open_office
member market "Example Market"
member social "Example Social"
publish market '+44 20 7946 0018' CASE-1 >/dev/null
printf 'reference,type,value,region\nuser-1,phone,020 7946 0018,GB\n' >"$WORK/users.csv"
status=0
"$BIN/vervet-member" --config "$WORK/social/member.textproto" check --csv "$WORK/users.csv" >"$WORK/out" 2>&1 || status=$?
[ "$status" = 10 ] || fail "the check ended with $status instead of 10, a match: $(cat "$WORK/out")"
grep -qF user-1 "$WORK/out" || fail "no match: $(cat "$WORK/out")"
"$BIN/vervet-hub" store backup --config "$WORK/hub/hub.textproto" --out "$WORK/backup.db" >/dev/null
stop_hub
echo "packaging: the packages hold what they should, and a hub from them serves"
