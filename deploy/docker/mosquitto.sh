#!/bin/sh
# Mosquitto, when the controller has written its files, and anew whenever it writes
# them again: it reads certificates only at its start, and ends no connection of a
# board that was revoked.
cd /etc/mosquitto/loa || exit 1
sed 's#^acl_file .*#acl_file /etc/mosquitto/acl#' /mosquitto/config/mosquitto.conf >/tmp/mosquitto.conf
until [ -s crl.pem ]; do sleep 1; done
broker=
trap 'kill $broker; wait $broker; exit 0' TERM INT
while :; do
	mosquitto -c /tmp/mosquitto.conf &
	broker=$!
	seen=$(cat ca.pem broker.pem crl.pem | md5sum)
	while [ "$(cat ca.pem broker.pem crl.pem | md5sum)" = "$seen" ]; do
		kill -0 "$broker" 2>/dev/null || exit 1
		sleep 1
	done
	kill "$broker"
	wait "$broker"
done
