# Part: what the machine tells of its clock. Needs `field NAME VALUE`.
#
# It begins with `from`; clock-look-end.sh has to follow it, for the round trip. Nothing in it needs root, but outside
# systemd root sees more.

now=$(date +%s.%N)
field from "$now"
if command -v systemd-detect-virt >/dev/null 2>&1; then
  container=$(systemd-detect-virt --container 2>/dev/null)
  virtual=$(systemd-detect-virt --vm 2>/dev/null)
  field container "$container"
  field virtual "$virtual"
else
  for mark in /.dockerenv /run/.containerenv /run/host/container-manager; do
    [ -e "$mark" ] && field container "$mark"
  done
  tr '\0' '\n' 2>/dev/null </proc/1/environ | grep -q '^container=' && field container yes
  grep -qw hypervisor /proc/cpuinfo 2>/dev/null && field virtual yes
fi
timeout 5 timedatectl show -p CanNTP -p NTPSynchronized 2>/dev/null |
  while IFS='=' read -r key value; do field "$key" "$value"; done
pgrep -l -x 'systemd-timesyn|chronyd|ntpd|openntpd|phc2sys|VBoxService|vmtoolsd' 2>/dev/null |
  while read -r _ name; do field runs "$name"; done
if [ ! -d /run/systemd/system ]; then
  for ask in 'chronyc -n tracking' 'ntpq -c rv' 'ntpctl -s status'; do
    leap=$(LC_ALL=C timeout 3 $ask 2>/dev/null | tr '\n' ' ')
    field leap "$leap"
  done
fi
command -v ntpctl >/dev/null 2>&1 && field openntpd yes
[ -d /sys/class ] && field rtcs known
for rtc in /sys/class/rtc/rtc*; do
  [ -e "$rtc" ] || continue
  sets=$(cat "$rtc/hctosys" 2>/dev/null)
  since=$(cat "$rtc/since_epoch" 2>/dev/null)
  field rtc "$sets:$since"
done
for note in /etc/fake-hwclock.data /var/lib/systemd/timesync/clock; do
  [ -e "$note" ] && field noted "$note"
done
