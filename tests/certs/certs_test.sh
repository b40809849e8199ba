#!/usr/bin/env bash
# Usage: certs_test.sh PATH_OF_VERVET_CERTS. One line per check, then "N passed, N failed".
set -uo pipefail
export LC_ALL=C

vervet_certs=$(realpath -- "${1:?usage: certs_test.sh PATH_OF_VERVET_CERTS}")
work=$(mktemp -d)
server_pid=""
finish() {
  if [[ -n $server_pid ]]; then kill "$server_pid" 2>/dev/null; fi
  rm -rf -- "$work"
}
trap finish EXIT

# Home, temporary folder and current folder must stay empty: the tool writes only where it is told to.
mkdir -- "$work/home" "$work/tmp" "$work/cwd" "$work/files"
export HOME=$work/home TMPDIR=$work/tmp
cd -- "$work/cwd" || exit 1
files=$work/files
ca="$files/the CA \$HOME #1"  # a path that a careless script or openssl.cnf would trip over
coalition=coalition.example

passed=0 failed=0
report() {  # report 0|1 SENTENCE
  if (($1 == 0)); then passed=$((passed + 1)); printf 'ok    %s\n' "$2"; else failed=$((failed + 1)); printf 'FAIL  %s\n' "$2"; fi
}
check() {  # check SENTENCE COMMAND...
  local sentence=$1 status
  shift
  "$@" >"$work/output" 2>&1
  status=$?
  report $((status != 0)) "$sentence"
  if ((status)); then sed 's/^/      | /' "$work/output"; fi
}
check_not() {  # check_not SENTENCE COMMAND...: the command must fail
  local sentence=$1
  shift
  "$@" >"$work/output" 2>&1
  report $(($? == 0)) "$sentence"
}
equal() { [[ $1 == "$2" ]] || { printf 'got:  %s\nwant: %s\n' "$1" "$2"; return 1; }; }
snapshot() { find "$files" -type f ! -name lock -exec sha256sum {} + | sort; }
# refuses CODE PATTERN SENTENCE ARGS...: that exit code, one line on standard error that matches, and no file changed.
refuses() {
  local code=$1 pattern=$2 sentence=$3 before errors status
  shift 3
  before=$(snapshot)
  errors=$("$vervet_certs" "$@" 2>&1 >"$work/output")
  status=$?
  [[ $status -eq $code && $errors == *$pattern* && $errors == vervet-certs:* && $errors != *$'\n'* &&
    ! -s $work/output && $(snapshot) == "$before" ]]
  report $? "$sentence"
  if ((status != code)) || [[ $errors != *$pattern* ]]; then printf '      | exit %s: %s\n' "$status" "$errors"; fi
}
request() { "$vervet_certs" request --role "$1" --name "$2" --coalition "$coalition" --key "$files/$3.key" --csr "$files/$3.csr"; }
issue() {  # issue ROLE NAME FILE [MORE...]
  "$vervet_certs" issue --dir "$ca" --csr "$files/$3.csr" --role "$1" --name "$2" --out "$files/$3.pem" "${@:4}"
}
make() { request "$1" "$2" "$3" && issue "$@"; }  # make ROLE NAME FILE [MORE...]
extension() { openssl x509 -noout -ext "$2" -in "$files/$1.pem" | sed 1d | sed 's/^ *//'; }
serial_of() { openssl x509 -noout -serial -in "$files/$1.pem" | sed 's/serial=//'; }
mode_of() { stat -c %a -- "$1"; }
verifies() { openssl verify -x509_strict -CAfile "$ca/ca.pem" -purpose "$2" "${@:3}" "$files/$1.pem"; }

# ---- the CA
check "init-ca makes a CA" "$vervet_certs" init-ca --dir "$ca" --coalition "$coalition"
check "the CA's folder is closed to others" equal "$(mode_of "$ca")" 700
check "the CA's key is closed to others" equal "$(mode_of "$ca/ca.key")" 600
ca_text=$(openssl x509 -noout -text -in "$ca/ca.pem")
check "the CA may not make other CAs" grep -q 'CA:TRUE, pathlen:0' <<<"$ca_text"
check "the CA may sign certificates and CRLs, nothing else" grep -qx ' *Certificate Sign, CRL Sign' <<<"$ca_text"
check "the CA is bound to the coalition's URIs" grep -qx " *URI:$coalition" <<<"$ca_text"
check "the CA has a P-256 key" grep -q 'ASN1 OID: prime256v1' <<<"$ca_text"
check "a CRL exists from the start, since gRPC takes an empty folder for consent" test -s "$ca/crl.pem"
refuses 1 "never overwritten" "init-ca refuses to overwrite a CA" init-ca --dir "$ca" --coalition "$coalition"
mkdir -- "$files/used" && : >"$files/used/a-file"
refuses 1 "not empty" "init-ca refuses a folder in use" init-ca --dir "$files/used" --coalition "$coalition"
refuses 1 "domain name" "init-ca refuses a coalition that is no domain name" init-ca --dir "$files/x" --coalition 'Coalition/EXAMPLE'
mkdir -m 755 -- "$files/other-ca"
check "init-ca accepts an empty folder" "$vervet_certs" init-ca --dir "$files/other-ca" --coalition "$coalition" --days 30
check "and closes it" equal "$(mode_of "$files/other-ca")" 700

check_not "an old and a new CA of one coalition have different names" equal \
  "$(openssl x509 -noout -subject_hash -in "$ca/ca.pem")" "$(openssl x509 -noout -subject_hash -in "$files/other-ca/ca.pem")"

# ---- issuing
check "request makes a key and a request" request member acme acme
check "the key is closed to others" equal "$(mode_of "$files/acme.key")" 600
check_not "the request contains no key" grep -q 'PRIVATE KEY' "$files/acme.csr"
refuses 1 "never overwritten" "request refuses to overwrite a key" \
  request --role member --name acme --coalition "$coalition" --key "$files/acme.key" --csr "$files/new.csr"
check "issue signs a member's request" issue member acme acme
check "a member's certificate verifies as a client" verifies acme sslclient
check_not "a member's certificate does not verify as a server" verifies acme sslserver
check "its only name is the SPIFFE URI" equal "$(extension acme subjectAltName)" "URI:spiffe://$coalition/member/acme"
check "its only use is clientAuth" equal "$(extension acme extendedKeyUsage)" "TLS Web Client Authentication"
check "the certificate's key is the one that was asked for" \
  equal "$(openssl x509 -noout -pubkey -in "$files/acme.pem")" "$(openssl pkey -pubout -in "$files/acme.key")"
for role in coordinator expert agency auditor; do
  check "issue works for the role $role" make "$role" "some-$role" "some-$role"
  check "$role gets its URI and clientAuth" equal \
    "$(extension "some-$role" subjectAltName) $(extension "some-$role" extendedKeyUsage)" \
    "URI:spiffe://$coalition/$role/some-$role TLS Web Client Authentication"
done
check "issue signs the hub's request" make hub main hub --host localhost 127.0.0.1 --host ::1
check "the hub's certificate verifies as a server, by name" verifies hub sslserver -verify_hostname localhost
check "and by address" verifies hub sslserver -verify_ip 127.0.0.1
check "and by IPv6 address" verifies hub sslserver -verify_ip ::1
check_not "and not by another name" verifies hub sslserver -verify_hostname elsewhere.example
check_not "the hub's certificate does not verify as a client" verifies hub sslclient
check "the hub's names are its URI and its hosts" equal "$(extension hub subjectAltName)" \
  "URI:spiffe://$coalition/hub/main, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"
check "a certificate lives 90 days unless told otherwise" openssl x509 -noout -checkend $((90 * 86400 - 600)) -in "$files/acme.pem"
check_not "and not longer" openssl x509 -noout -checkend $((90 * 86400 + 600)) -in "$files/acme.pem"

# ---- what a request asks for does not count
cat >"$work/greedy.cnf" <<EOF
[req]
distinguished_name = dn
prompt = no
req_extensions = wishes
[dn]
O = elsewhere.example
OU = coordinator
CN = root
[wishes]
subjectAltName = URI:spiffe://$coalition/coordinator/root,DNS:hub.coalition.example
basicConstraints = critical,CA:TRUE
keyUsage = keyCertSign
extendedKeyUsage = serverAuth,clientAuth
EOF
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config "$work/greedy.cnf" \
  -keyout "$files/greedy.key" -out "$files/greedy.csr" 2>/dev/null
notes=$(issue member greedy greedy 2>&1 >/dev/null)
check "a request that asks for more is signed for what the coalition says" verifies greedy sslclient
check "with a note that it names someone else" grep -q 'make sure that this is the right file' <<<"$notes"
check "its names are ignored" equal "$(extension greedy subjectAltName)" "URI:spiffe://$coalition/member/greedy"
check "its subject is ignored" equal "$(openssl x509 -noout -subject -nameopt compat -in "$files/greedy.pem")" \
  "subject=/O=$coalition/OU=member/CN=greedy"
check "its wish to be a CA is ignored" equal "$(extension greedy basicConstraints),$(extension greedy keyUsage)" "CA:FALSE,Digital Signature"
check "its wish to be a server is ignored" equal "$(extension greedy extendedKeyUsage)" "TLS Web Client Authentication"
openssl x509 -req -in "$files/greedy.csr" -CA "$ca/ca.pem" -CAkey "$ca/ca.key" -days 1 -set_serial 77 -out "$files/foreign.pem" \
  -extfile <(printf 'subjectAltName=URI:spiffe://elsewhere.example/member/greedy\nextendedKeyUsage=clientAuth\n') 2>/dev/null
check_not "even the CA's key cannot speak for another coalition" openssl verify -CAfile "$ca/ca.pem" "$files/foreign.pem"

# ---- refusals
request member beta beta >/dev/null
refuse_issue() {  # refuse_issue PATTERN SENTENCE ROLE NAME FILE [MORE...]
  refuses 1 "$1" "$2" issue --dir "$ca" --csr "$files/$5.csr" --role "$3" --name "$4" --out "$files/refused.pem" "${@:6}"
}
refuse_issue "--role must be" "an unknown role is refused" admin beta beta
refuse_issue "--role must be" "two roles in one are refused" "member hub" beta beta
for name in Acme -acme 'a/b' '../x' 'a b' 'ä' $'a\nb' "$(printf 'a%.0s' {1..64})"; do
  refuse_issue "--name" "the name $(printf %q "${name:0:8}") is refused" member "$name" beta
done
refuse_issue "hub only" "a host for a member is refused" member beta beta --host localhost
refuse_issue "at least one --host" "a hub without a host is refused" hub other beta
for host in 'a,URI:spiffe://x/hub/y' 'https://hub.example' 'hub.example:443' '*.example' '[::1]' 300.0.0.1 1.2.3 1:2:3 1::2::3 ::12345; do
  refuse_issue "--host takes" "the host $host is refused" hub other beta --host "$host"
done
for days in 0 -1 399 1e2 9999999999; do
  refuse_issue "--days must be" "--days $days is refused" member beta beta --days "$days"
done
refuse_issue "live certificate" "a second live certificate for a name is refused" member acme beta
refuse_issue "certified before" "a key that was certified before is refused" member gamma acme
refuse_issue "not a readable file" "a missing request is refused" member beta no-such-file
refuse_issue "YYYYMMDDHHMMSSZ" "a date that does not exist is refused" member beta beta --not-after 20261332000000Z
refuse_issue "end before it begins" "a certificate that ends before it begins is refused" member beta beta \
  --not-before 20250102000000Z --not-after 20250101000000Z
refuse_issue "longer than" "a certificate of several years is refused" member beta beta --not-after 20451231000000Z
refuses 1 "outlive the CA" "a certificate that outlives its CA is refused" \
  issue --dir "$files/other-ca" --csr "$files/beta.csr" --role member --name beta --out "$files/refused.pem" --days 60
refuses 1 "never overwritten" "issue refuses to overwrite a file" \
  issue --dir "$ca" --csr "$files/beta.csr" --role member --name beta --out "$files/acme.pem"
refuses 1 "holds no CA" "a folder without a CA is refused" \
  issue --dir "$files/used" --csr "$files/beta.csr" --role member --name beta --out "$files/refused.pem"

printf 'not a request\n' >"$files/text.csr"
refuse_issue "not a PEM certificate request" "text instead of a request is refused" member beta text
cat -- "$files/beta.key" "$files/beta.csr" >"$files/with-key.csr"
refuse_issue "private key" "a request that carries its private key is refused" member beta with-key
head -c 70000 /dev/zero >"$files/large.csr"
refuse_issue "larger than" "an oversized request is refused" member beta large
openssl req -in "$files/beta.csr" -outform DER -out "$work/beta.der"
last=$(tail -c 1 "$work/beta.der" | od -An -tu1)
{ printf -- '-----BEGIN CERTIFICATE REQUEST-----\n'
  { head -c -1 "$work/beta.der"; printf %b "\\x$(printf %02x $((last ^ 1)))"; } | base64
  printf -- '-----END CERTIFICATE REQUEST-----\n'; } >"$files/altered.csr"
refuse_issue "signature" "a request with a wrong signature is refused" member beta altered

csr_with() {  # csr_with FILE ALGORITHM [OPTION]...
  local options=() option
  for option in "${@:3}"; do options+=(-pkeyopt "$option"); done
  openssl genpkey -algorithm "$2" "${options[@]}" -out "$files/$1.key" 2>/dev/null &&
    openssl req -new -key "$files/$1.key" -subj /CN=x -out "$files/$1.csr"
}
refuse_key() {  # refuse_key SENTENCE FILE ALGORITHM [OPTION]...
  csr_with "${@:2}" || report 1 "$2: the test could not make its key"
  refuse_issue "not accepted" "$1" member weak "$2"
}
refuse_key "RSA of 2048 bits is refused" rsa2048 RSA rsa_keygen_bits:2048
refuse_key "RSA with exponent 3 is refused" rsa-e3 RSA rsa_keygen_bits:3072 rsa_keygen_pubexp:3
refuse_key "the curve secp256k1 is refused" k1 EC ec_paramgen_curve:secp256k1
refuse_key "the curve P-521 is refused" p521 EC ec_paramgen_curve:P-521
refuse_key "a curve given by its parameters is refused" explicit EC ec_paramgen_curve:P-256 ec_param_enc:explicit
refuse_key "Ed25519 is refused" ed ED25519
csr_with rsa3072 RSA rsa_keygen_bits:3072
check "RSA of 3072 bits is accepted" issue member rsa-user rsa3072
csr_with p384 EC ec_paramgen_curve:P-384
check "P-384 is accepted" issue member p384-user p384

refuses 2 "no command" "no command is a usage error"
refuses 2 "not a command" "an unknown command is a usage error" sign
refuses 2 "unknown option" "an unknown option is a usage error" issue --force
refuses 2 "needs a value" "an option without its value is a usage error" issue --dir --csr x
refuses 2 "twice" "an option given twice is a usage error" issue --dir a --dir b
refuses 2 "is missing" "a missing option is a usage error" renew --dir "$ca"
refuses 2 "contradict" "--days with --not-after is a usage error" issue --dir "$ca" --csr "$files/beta.csr" --role member \
  --name beta --out "$files/refused.pem" --days 3 --not-after 20270101000000Z
for command in init-ca request issue renew revoke refresh-crl list inspect; do
  check "$command has a help page" grep -q "^Usage: vervet-certs $command " <("$vervet_certs" "$command" --help)
done
check "the overview gives the exit codes" grep -q '^Exit codes: 0' <("$vervet_certs" --help)

# An openssl that fails exactly where the certificate is signed.
mkdir -- "$work/bin"
cat >"$work/bin/openssl" <<EOF
#!/bin/sh
if [ "\$1" = ca ]; then echo "disk on fire" >&2; exit 1; fi
exec "$(command -v openssl)" "\$@"
EOF
chmod +x "$work/bin/openssl"
PATH=$work/bin:$PATH refuses 3 "disk on fire" "a failing openssl gives exit code 3 and changes nothing" \
  issue --dir "$ca" --csr "$files/beta.csr" --role member --name beta --out "$files/refused.pem"
PATH=$work/bin:$PATH refuses 3 "disk on fire" "a failing init-ca leaves nothing behind" \
  init-ca --dir "$files/burnt-ca" --coalition "$coalition"
check "so that it can be repeated" "$vervet_certs" init-ca --dir "$files/burnt-ca" --coalition "$coalition"

# ---- dates, inspect, list
check "an already expired certificate can be made" make member late late --not-before 20250101000000Z --not-after 20250201000000Z
check_not "and does not verify" verifies late sslclient
check "inspect calls it expired" grep -q '^state  *expired$' <("$vervet_certs" inspect "$files/late.pem")
check "an expired certificate does not block a new one" make member late late2
check "a certificate of the future can be made" make member early early --not-before "$(date -u -d '+2 days' +%Y%m%d%H%M%SZ)" --days 5
check "inspect calls it not yet valid" grep -q '"state": "not_yet_valid"' <("$vervet_certs" inspect --json "$files/early.pem")
fingerprint=$(openssl x509 -in "$files/hub.pem" -outform DER | sha256sum)
json=$("$vervet_certs" inspect "$files/hub.pem" --json)
check "inspect --json begins with who it is" grep -qF \
  "{\"coalition\": \"$coalition\", \"role\": \"hub\", \"name\": \"main\", \"hosts\": [\"localhost\", \"127.0.0.1\", \"0:0:0:0:0:0:0:1\"], \"state\": \"valid\"" <<<"$json"
check "and ends with usage, serial and fingerprint" grep -qF \
  "\"extended_key_usage\": [\"serverAuth\"], \"serial\": \"$(serial_of hub)\", \"sha256_fingerprint\": \"${fingerprint%% *}\"}" <<<"$json"
check "inspect shows a person the same" grep -qx "hosts        localhost 127.0.0.1 0:0:0:0:0:0:0:1" <("$vervet_certs" inspect "$files/hub.pem")
check "a member has no hosts in JSON" grep -qF '"hosts": [],' <("$vervet_certs" inspect --json "$files/acme.pem")
refuses 1 "SPIFFE" "inspect refuses a certificate of another kind" inspect "$ca/ca.pem"
refuses 1 "not a PEM certificate" "inspect refuses what is no certificate" inspect "$files/text.csr"
openssl x509 -req -in "$files/greedy.csr" -signkey "$files/greedy.key" -out "$files/two-uris.pem" \
  -extfile <(printf 'subjectAltName=URI:spiffe://%s/member/a,URI:spiffe://%s/hub/b\n' "$coalition" "$coalition") 2>/dev/null
refuses 1 "does not issue" "inspect refuses a certificate with two identities" inspect "$files/two-uris.pem"
check "list shows a live certificate" grep -Eq "^live .* member/acme +$(serial_of acme)$" <("$vervet_certs" list --dir "$ca")
check "list shows an expired one" grep -Eq "^expired +2025-02-01 +member/late +$(serial_of late)$" <("$vervet_certs" list --dir "$ca")

# ---- renewing
request hub main hub2 >/dev/null
check "renew signs a new key" "$vervet_certs" renew --dir "$ca" --cert "$files/hub.pem" --csr "$files/hub2.csr" --out "$files/hub2.pem"
check "with the same names" equal "$(extension hub2 subjectAltName)" "$(extension hub subjectAltName)"
check "and the same use" equal "$(extension hub2 extendedKeyUsage)" "$(extension hub extendedKeyUsage)"
check "the old one stays valid, so that no outage is needed" verifies hub sslserver
refuses 1 "certified before" "renew refuses the old key" \
  renew --dir "$ca" --cert "$files/acme.pem" --csr "$files/acme.csr" --out "$files/refused.pem"
refuses 1 "not issued by the CA" "renew refuses another CA's certificate" \
  renew --dir "$files/other-ca" --cert "$files/acme.pem" --csr "$files/beta.csr" --out "$files/refused.pem"
openssl x509 -req -in "$files/greedy.csr" -CA "$files/other-ca/ca.pem" -CAkey "$files/other-ca/ca.key" -days 1 \
  -set_serial "0x$(serial_of acme)" -out "$files/lookalike.pem" \
  -extfile <(printf 'subjectAltName=URI:spiffe://%s/member/acme\n' "$coalition") 2>/dev/null
refuses 1 "not issued by the CA" "renew refuses a look-alike with the same serial" \
  renew --dir "$ca" --cert "$files/lookalike.pem" --csr "$files/beta.csr" --out "$files/refused.pem"

# ---- a real handshake
# Answers each line reversed, on a free port of the loopback interface, to clients with the coalition's certificate.
start_server() {  # start_server CERT CLIENTS
  local line
  exec {server_output}< <(exec openssl s_server -accept 127.0.0.1:0 -naccept "$2" -rev -tls1_3 -Verify 1 -verify_return_error \
    -purpose sslclient -CAfile "$ca/ca.pem" -cert "$files/$1.pem" -key "$files/$1.key" 2>/dev/null)
  server_pid=$!
  port=""
  while IFS= read -r -t 20 -u "$server_output" line; do
    if [[ $line == ACCEPT\ * ]]; then port=${line##*:}; return 0; fi
  done
  return 1
}
talk() {  # talk CLIENT_CERT_OPTIONS...
  printf 'tevrev\nCLOSE\n' | timeout 20 openssl s_client -connect "127.0.0.1:$port" -tls1_3 -quiet -purpose sslserver \
    -verify_return_error -verify_hostname localhost -CAfile "$ca/ca.pem" "$@" 2>/dev/null
}
check "a TLS 1.3 server starts with the hub's certificate" start_server hub2 5
check "a member and the hub accept each other" equal "$(talk -cert "$files/acme.pem" -key "$files/acme.key")" vervet
check "a client without a certificate is turned away" equal "$(talk)" ""
check "an expired certificate is turned away" equal "$(talk -cert "$files/late.pem" -key "$files/late.key")" ""
check "the hub's certificate is turned away as a client" equal "$(talk -cert "$files/hub.pem" -key "$files/hub.key")" ""
check "and the server still takes the next member" equal "$(talk -cert "$files/late2.pem" -key "$files/late2.key")" vervet
wait "$server_pid" 2>/dev/null
exec {server_output}<&-
check "a server starts with a member's certificate" start_server acme 1
check "and the client turns it away" equal "$(talk -cert "$files/late2.pem" -key "$files/late2.key")" ""
kill "$server_pid" 2>/dev/null
wait "$server_pid" 2>/dev/null
exec {server_output}<&-
server_pid=""

# ---- revoking
revoke() { "$vervet_certs" revoke --dir "$ca" --cert "$files/$1.pem" --reason "$2"; }
crl_date() { date -u -d "$(openssl crl -noout -lastupdate -in "$1" | sed 's/lastUpdate=//')" +%s; }
hash=$(openssl x509 -noout -subject_hash -in "$ca/ca.pem")
refuses 1 "--reason must be" "an unknown reason is refused" revoke --dir "$ca" --cert "$files/acme.pem" --reason because
refuses 1 "not issued by the CA" "revoke refuses another CA's certificate" \
  revoke --dir "$files/other-ca" --cert "$files/acme.pem" --reason superseded
check "before, the certificate passes the CRL" verifies acme sslclient -crl_check_all -CRLfile "$ca/crl.pem"
cp -- "$ca/crls/$hash.r0" "$work/r0"
check "revoke works" revoke acme keyCompromise
check "the CRL contains the serial" grep -q "Serial Number: $(serial_of acme)" <(openssl crl -noout -text -in "$ca/crl.pem")
check "and the reason" grep -q "Key Compromise" <(openssl crl -noout -text -in "$ca/crl.pem")
check_not "the revoked certificate no longer passes" verifies acme sslclient -crl_check -CRLfile "$ca/crl.pem"
check "the others still do" verifies greedy sslclient -crl_check_all -CRLfile "$ca/crl.pem"
check "the CRL went out under a new number" cmp "$ca/crl.pem" "$ca/crls/$hash.r1"
check "the file before it was not touched" cmp "$ca/crls/$hash.r0" "$work/r0"
check "a second revocation at once works too" revoke some-expert cessationOfOperation
check "its CRL is dated later, to the second" test "$(crl_date "$ca/crls/$hash.r2")" -gt "$(crl_date "$ca/crls/$hash.r1")"
check "and no later than now" test "$(crl_date "$ca/crls/$hash.r2")" -le "$(date +%s)"
mkdir -- "$work/hashed" && cp -- "$ca/crls/$hash".r* "$work/hashed" && cp -- "$ca/ca.pem" "$work/hashed/$hash.0"
through_folder() { openssl verify -no-CAfile -CApath "$work/hashed" -crl_check_all "$files/$1.pem"; }
check_not "looked up through the folder, the newest CRL counts" through_folder some-expert
check "and lets the others pass" through_folder greedy
refuses 1 "revoked before" "revoking twice is refused" revoke --dir "$ca" --cert "$files/acme.pem" --reason superseded
refuses 1 "is revoked" "renew refuses a revoked certificate" \
  renew --dir "$ca" --cert "$files/acme.pem" --csr "$files/beta.csr" --out "$files/refused.pem"
refuse_issue "certified before" "a leaked key is not certified again" member acme acme
check "the name can be issued again for a new key" make member acme acme2
check "list shows the revocation" grep -Eq "^revoked .* member/acme +$(serial_of acme)$" <("$vervet_certs" list --dir "$ca")
# As after a death between the index and the CRL: the index knows, the newest CRL does not.
cp -- "$work/r0" "$ca/crl.pem"
check "revoke finishes a revocation whose CRL never went out" revoke acme keyCompromise
check "and the CRL has both serials" equal 2 \
  "$(openssl crl -noout -text -in "$ca/crl.pem" | grep -cE "Serial Number: ($(serial_of acme)|$(serial_of some-expert))")"
check "refresh-crl writes a CRL that lives as long as asked" "$vervet_certs" refresh-crl --dir "$ca" --days 20
check "which keeps the revocations" grep -q "Serial Number: $(serial_of acme)" <(openssl crl -noout -text -in "$ca/crl.pem")
check "issuing warns when the CRL ends soon" bash -c '"$@" 2>&1 | grep -q "run vervet-certs refresh-crl"' _ \
  "$vervet_certs" issue --dir "$ca" --csr "$files/beta.csr" --role member --name beta --out "$files/beta.pem"

# ---- changing the CA
request member mover mover >/dev/null
"$vervet_certs" issue --dir "$files/other-ca" --csr "$files/mover.csr" --role member --name mover --out "$files/mover.pem" --days 20 >/dev/null
check_not "a certificate of the new CA means nothing to the old" verifies mover sslclient
cat -- "$ca/ca.pem" "$files/other-ca/ca.pem" >"$work/both.pem"
cp -- "$files/other-ca/crls"/* "$work/hashed"
through_both() { openssl verify -CAfile "$work/both.pem" -CApath "$work/hashed" -crl_check_all "$files/$1.pem"; }
check "with both CAs trusted, the new one's certificate passes" through_both mover
check "and the old one's" through_both greedy
check_not "and the revoked stay out" through_both some-expert

# ---- two at once
rows=$(wc -l <"$ca/index.txt")
pids=()
for i in 1 2 3 4 5 6; do request member "rush-$i" "rush-$i" >/dev/null; done
request member one same-a >/dev/null
request member one same-b >/dev/null
for i in 1 2 3 4 5 6; do issue member "rush-$i" "rush-$i" >/dev/null 2>&1 & pids+=($!); done
issue member one same-a >/dev/null 2>&1 & pids+=($!)
issue member one same-b >/dev/null 2>&1 & pids+=($!)
succeeded=0
for pid in "${pids[@]}"; do if wait "$pid"; then succeeded=$((succeeded + 1)); fi; done
check "of eight issued at once, only the second of the same name fails" equal "$succeeded" 7
check "and the index has every one of the seven" equal "$(wc -l <"$ca/index.txt")" $((rows + 7))
check "with serials all different" equal "$(cut -f 4 "$ca/index.txt" | sort | uniq -d)" ""

# ---- nothing elsewhere
check "nothing was written to home, temporary or current folder" equal "$(find "$work/home" "$work/tmp" "$work/cwd" -mindepth 1)" ""
check "no temporary file was left anywhere" equal "$(find "$files" -name '.*')" ""
check "every key is closed to others" equal "$(find "$files" -name '*.key' ! -perm 600)" ""

printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
