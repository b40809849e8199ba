# For the packaging tests: a coalition of installed programs, made by the steps of docs/operating.md and
# docs/integrating.md. Source it with BIN, the folder of the programs, and WORK, an empty folder.

fail() { echo "FAILED: $*" >&2; exit 1; }

# said FILE TEXT: waits until the file has a line with that text.
said() {
  local deadline=$((SECONDS + 60))
  until grep -qF -- "$2" "$1" 2>/dev/null; do
    ((SECONDS < deadline)) || fail "no line '$2' within 60 s in $1, which ends with: $(tail -n 5 "$1" 2>&1)"
    sleep 0.05
  done
}

# certificate ROLE NAME FOLDER [HOST ...]: NAME.key and NAME.pem; the key is made in the folder and stays there.
certificate() {
  local role=$1 name=$2 folder=$3
  shift 3
  mkdir -p -m 0700 "$folder"
  "$BIN/vervet-certs" request --role "$role" --name "$name" --coalition coalition.example \
    --key "$folder/$name.key" --csr "$folder/$name.csr" >/dev/null
  "$BIN/vervet-certs" issue --dir "$WORK/ca" --csr "$folder/$name.csr" --role "$role" --name "$name" \
    --out "$folder/$name.pem" ${1:+--host "$@"} >/dev/null 2>&1
  cp "$WORK/ca/ca.pem" "$folder/ca.pem"
}

# found_coalition [HUB CONFIGURATION LINES]: CA, a hub that is initialised, the office's certificate.
found_coalition() {
  "$BIN/vervet-certs" init-ca --dir "$WORK/ca" --coalition coalition.example >/dev/null
  certificate hub hub "$WORK/hub" localhost 127.0.0.1
  certificate coordinator office "$WORK/office"
  cat >"$WORK/hub/hub.textproto" <<TEXT
coalition: "coalition.example"
listen_address: "127.0.0.1:0"
region: "IE"
tls { certificate_path: "hub.pem" private_key_path: "hub.key" ca_path: "ca.pem" crl_dir: "../ca/crls" }
store_path: "log.db"
store_key_path: "log.key"
keyring_path: "keyring"
keyring_key_path: "keyring.key"
coordinators { name: "office" display_name: "Coalition office" region: "IE" }
${1:-}
TEXT
  "$BIN/vervet-hub" init --config "$WORK/hub/hub.textproto" >/dev/null
  LOG_KEY=$("$BIN/vervet-hub" log-key --config "$WORK/hub/hub.textproto")
}

# Starts the hub, the first time on a free port; HUB is its address.
start_hub() {
  "$BIN/vervet-hub" serve --config "$WORK/hub/hub.textproto" 2>"$WORK/hub/log.json" &
  HUB_PID=$!
  said "$WORK/hub/log.json" '"hub.listening"'
  HUB=$(sed -n 's/.*"address":"\(127\.0\.0\.1:[0-9]*\)".*/\1/p' "$WORK/hub/log.json" | head -n 1)
  [ -n "$HUB" ] || fail "the hub's log names no address"
  sed -i "s/127.0.0.1:0/$HUB/" "$WORK/hub/hub.textproto"
}
stop_hub() {
  local status=0
  kill -TERM "$HUB_PID"
  wait "$HUB_PID" || status=$?
  HUB_PID=
  [ "$status" = 0 ] || fail "the hub ended with $status"
}

# connection NAME FOLDER: the lines that every client's configuration begins with.
connection() {
  cat <<TEXT
hub_target: "$HUB"
coalition: "coalition.example"
log_public_key: "$LOG_KEY"
tls { certificate_path: "$2/$1.pem" private_key_path: "$2/$1.key" ca_path: "$2/ca.pem" }
TEXT
}

office() { "$BIN/vervet" --config "$WORK/office/coordinator.textproto" "$@"; }

# open_office: the coordinator's configuration and the first group.
open_office() {
  connection office "$WORK/office" >"$WORK/office/coordinator.textproto"
  office groups create coalition --name Everybody --transfer-instrument none >/dev/null
}

# member NAME DISPLAY_NAME: certificate, admission, configuration of vervet-member, empty vault.
member() {
  certificate member "$1" "$WORK/$1"
  office members admit "$1" --name "$2" --region IE --group coalition >/dev/null
  {
    connection "$1" "$WORK/$1"
    echo "vault_path: \"cli.db\" vault_key_path: \"cli.key\" default_groups: \"coalition\""
    echo "legal_entity: \"$2 Ltd\" lawful_basis: \"GDPR Art. 6(1)(f)\""
  } >"$WORK/$1/member.textproto"
  "$BIN/vervet-member" --config "$WORK/$1/member.textproto" init >/dev/null 2>&1
}

# publish MEMBER PHONE CASE: prints the record's id.
publish() {
  "$BIN/vervet-member" --config "$WORK/$1/member.textproto" publish --phone "$2" --offence offer_for_sale \
    --taxon 'Loxodonta africana' --decision "$3" --json | sed -n 's/.*"record_id": *"\([0-9a-f]*\)".*/\1/p'
}
