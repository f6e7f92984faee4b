#!/bin/sh
# The article's set-up as a plain script, for `npm run bench` to measure against: inspect, try it
# anonymously, make an authority and two certificates, bring them over, harden, restart, verify.
#
#   by-hand.sh FOLDER HOST SSH_KEY KNOWN_HOSTS USER
#
# The user may use sudo without a password there. FOLDER is made; the broker is left secured.
set -eu
folder=$1 host=$2 key=$3 known=$4 user=$5

options="-F none -i $key -o UserKnownHostsFile=$known -o IdentitiesOnly=yes -o BatchMode=yes -o LogLevel=ERROR"
there() { ssh $options "$user@$host" "$@"; }
copy() { scp -q $options "$@" "$user@$host:"; }

# A subscriber in the background, and a message once it listens; the message must come.
message() {
  stdbuf -oL mosquitto_sub "$@" -d -C 1 -W 10 -t 'test/#' >"$folder/received" 2>&1 &
  subscriber=$!
  until grep -q 'Subscribed' "$folder/received"; do sleep 0.02; done
  mosquitto_pub "$@" -t test/test -m Test1
  wait "$subscriber"
  grep -q '^Test1$' "$folder/received"
}

mkdir -m 700 "$folder"
cd "$folder"
umask 077

# 1 Inspect
there cat /etc/mosquitto/conf.d/access.conf >before.conf

# 2 Anonymous test
message -h "$host"

# 3 Authority
openssl req -new -x509 -days 365 -newkey rsa:2048 -nodes -extensions v3_ca \
  -subj '/C=GB/ST=England/L=London/O=Example/OU=CA/CN=Highly Trusted CA/emailAddress=ca@example.org' \
  -keyout root_ca.key -out root_ca.crt 2>openssl.log

# 4 Certificates
for name in "$host" client01; do
  openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" 2>>openssl.log
  openssl x509 -req -in "$name.csr" -CA root_ca.crt -CAkey root_ca.key -CAcreateserial -out "$name.crt" 2>>openssl.log
done

# 5 Distribute
copy root_ca.crt "$host.crt" "$host.key"
there "sudo mv root_ca.crt /etc/mosquitto/ca_certificates/ &&
  sudo mv $host.crt $host.key /etc/mosquitto/certs/ &&
  sudo chown -R mosquitto:mosquitto /etc/mosquitto/certs /etc/mosquitto/ca_certificates"
mkdir client01
cp root_ca.crt client01.crt client01.key client01/

# 6 Harden
cat >access.conf <<EOF
per_listener_settings true
listener 1883
allow_anonymous false

listener 8883
certfile /etc/mosquitto/certs/$host.crt
keyfile /etc/mosquitto/certs/$host.key
cafile /etc/mosquitto/ca_certificates/root_ca.crt
tls_version tlsv1.3
require_certificate true
use_identity_as_username true
EOF
copy access.conf
there 'sudo mv access.conf /etc/mosquitto/conf.d/ && sudo chown root:root /etc/mosquitto/conf.d/access.conf &&
  sudo chmod 644 /etc/mosquitto/conf.d/access.conf && sudo systemctl restart mosquitto'

# 7 Verify
message -h "$host" -p 8883 --cafile client01/root_ca.crt --cert client01/client01.crt --key client01/client01.key
if mosquitto_pub -h "$host" -t test/test -m refused 2>/dev/null; then exit 1; fi
if mosquitto_pub -h "$host" -p 8883 --cafile client01/root_ca.crt -t test/test -m refused 2>/dev/null; then exit 1; fi
