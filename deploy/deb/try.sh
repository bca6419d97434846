#!/bin/bash
# Installs, enrols, upgrades, removes and purges the packages of a folder for
# real, on a copy of this machine that lies over it and is gone afterwards.
# As root: try.sh FOLDER
set -euo pipefail

say() { echo "--- $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
await() { # SECONDS COMMAND...
	local n=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		n=$((n - 1))
		[ $n -gt 0 ] || fail "waited in vain: $*"
		read -rt 0.1 <> <(:) || true
	done
}

# The copy: what is written goes into memory.
if [ "${1:-}" != --inside ]; then
	debs="$(readlink -f "$1")"
	top="$(mktemp -d)"
	trap 'rm -rf "$top"' EXIT
	cp "$debs"/loa-*_"$(dpkg --print-architecture)".deb "$top/"
	unshare --mount --net --pid --fork --kill-child bash -euo pipefail -c '
		top="$1"; here="$2"
		mkdir "$top/over"
		mount -t tmpfs loa "$top/over"
		mkdir "$top/over/new" "$top/over/work" "$top/over/root"
		mount -t overlay loa -o "lowerdir=/,upperdir=$top/over/new,workdir=$top/over/work" "$top/over/root"
		root="$top/over/root"
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		rm -rf "$root/run/systemd/system"
		mkdir -p "$root/debs"
		cp "$top"/*.deb "$here" "$root/debs/"
		ip link set lo up
		exec chroot "$root" /debs/try.sh --inside
	' - "$top" "$(readlink -f "$0")"
	exit
fi

export DEBIAN_FRONTEND=noninteractive LOA_LOG=warn
cd /debs
node="$(ls loa-node_*.deb)" controller="$(ls loa-controller_*.deb)"

# The same package under a later version, to upgrade to.
later() {
	local dir="/debs/later-${1%%_*}"
	dpkg-deb -R "$1" "$dir"
	sed -i 's/^Version: .*/Version: 9.0.0/' "$dir/DEBIAN/control"
	sed -i '/^$/d' "$dir/DEBIAN/conffiles"
	[ ! -e "$dir/etc/loa/controller.yaml" ] || echo "# a line that the package changed" >>"$dir/etc/loa/controller.yaml"
	dpkg-deb -Zgzip -z1 -b "$dir" "/debs/${1%%_*}_later.deb" >/dev/null
}

as_controller() { setpriv --reuid loa --regid loa --clear-groups --no-new-privs /usr/lib/loa-controller/loa controller & }
as_node() { setpriv --reuid loa-node --regid loa-node --init-groups --no-new-privs /usr/lib/loa-node/loa node run & }
api() { curl -sfk -H "Authorization: Bearer $(sed -n 's/.*"token": "\(.*\)".*/\1/p' /var/lib/loa/controller.json)" "$@"; }
node_is() { api http://127.0.0.1:8080/api/v1/nodes | grep -q "\"state\":\"$1\""; }
mode() { [ "$(stat -c '%a %U' "$1")" = "$2" ] || fail "$1 is $(stat -c '%a %U' "$1"), not $2"; }

say "install"
dpkg --force-confold -i "$controller" "$node" >/dev/null
loa version
for unit in loa-controller.service loa-node.service loa-node.path; do
	systemctl --quiet is-enabled "$unit" || fail "$unit is not enabled"
done
systemd-analyze verify /lib/systemd/system/loa-{controller,node}.service /lib/systemd/system/loa-node.path
for unit in loa-controller loa-node; do
	systemd-analyze security --offline=true --threshold=25 "$unit.service" | tail -1
done
id loa-node | grep -q '(audio)' || fail "loa-node may not use the sound card"
mode /etc/loa-node "700 loa-node"

say "from a bare board to good"
install -d -m 700 -o loa -g loa /var/lib/loa
install -d -m 700 -o loa-node -g loa-node /var/lib/loa-node # as StateDirectory= does
as_controller
controller_pid=$!
await 20 curl -sf http://127.0.0.1:8080/readyz
await 5 test -s /var/lib/loa/controller.json
mode /var/lib/loa/controller.json "600 loa"
api -X PUT -H 'Content-Type: application/json' -d '{"name":"Xã La Dạ","kind":"commune"}' http://127.0.0.1:8080/api/v1/areas/la-da >/dev/null
api -X PUT -H 'Content-Type: application/json' -d '{"name":"Cổng làng","area":"la-da","volume":80}' http://127.0.0.1:8080/api/v1/nodes/cong-lang >/dev/null
code="$(loa node invite cong-lang | head -1)"
loa node enrol http://127.0.0.1:8080 "$code" --sound null
mode /etc/loa-node/node.key "600 loa-node"
as_node
node_pid=$!
await 20 node_is good
loa user add admin --role admin >/dev/null

say "both machines are examined, by root"
loa doctor || fail "the board is not well"
loa doctor controller || fail "the office is not well"
loa doctor --json controller | grep -q '"check": "node cong-lang"' || fail "the office's doctor does not tell of its loudspeaker"
(timeout 30 loa tap node || true) | grep -qm1 'cong-lang/time' || fail "the tap is dry"
for role in controller node; do
	loa support $role --out /debs/support-$role.json >/dev/null
	! grep -qF "$(sed -n 2p /etc/loa-node/node.key)" /debs/support-$role.json || fail "a key is in the bundle"
done
[ -z "$(find /var/lib/loa-node /etc/loa-node ! -user loa-node)" ] || fail "root left files among the node's"
[ -z "$(find /var/lib/loa ! -user loa)" ] || fail "root left files among the controller's: $(find /var/lib/loa ! -user loa)"

say "upgrade: settings that a person changed, keys and data stay"
later "$controller"
later "$node"
sed -i 's/^max_minutes: .*/max_minutes: 45/' /etc/loa/controller.yaml
before="$(sha256sum /etc/loa-node/* /var/lib/loa/trust/*.pem | sort)"
kill $node_pid $controller_pid
wait
dpkg --force-confold -i loa-controller_later.deb loa-node_later.deb >/dev/null
grep -q '^max_minutes: 45' /etc/loa/controller.yaml || fail "a setting was lost"
[ "$before" = "$(sha256sum /etc/loa-node/* /var/lib/loa/trust/*.pem | sort)" ] || fail "the keys changed"
as_controller
controller_pid=$!
as_node
node_pid=$!
await 20 curl -sf http://127.0.0.1:8080/readyz
await 20 node_is good
kill $node_pid $controller_pid
wait
/usr/lib/loa-node/loa node amp off --config /etc/loa-node/node.yaml || fail "the amplifier cannot be switched off after the end"

say "remove, install again, purge"
dpkg -r loa-controller loa-node >/dev/null
[ ! -e /usr/bin/loa ] && [ ! -e /usr/lib/loa-node ] || fail "the program is still there"
[ -e /etc/loa-node/node.yaml ] && [ -e /etc/loa/controller.yaml ] || fail "removing took the settings"
dpkg --force-confold -i "$controller" "$node" >/dev/null
systemctl --quiet is-enabled loa-node.service || fail "not enabled after installing again"
dpkg -P loa-controller loa-node
for path in /etc/loa /etc/loa-node /var/lib/loa-node /usr/lib/loa-node /usr/lib/loa-controller /usr/bin/loa; do
	[ ! -e $path ] || fail "purging left $path"
done
[ -e /var/lib/loa/trust ] || fail "purging took the commune's keys"
say "ok"
