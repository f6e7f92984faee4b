/**
 * Shell functions that print the id of a process: `service_process` the broker's, as systemd knows it;
 * `broker_process`, which it uses, where systemd does not. Any
 * local user can start something called mosquitto, with any arguments; only what runs as root or as
 * the broker's own user counts, or root would read and write where that user points.
 */
export const brokerProcess = `
broker_process() {
  named=$(awk '$1 == "user" { print $2; exit }' /etc/mosquitto/mosquitto.conf 2>/dev/null)
  own=" 0 $(id -u mosquitto 2>/dev/null) $(id -u -- "\${named:-root}" 2>/dev/null) "
  for pid in $(pgrep -x mosquitto 2>/dev/null); do
    uid=$(awk '/^Uid:/ { print $3 }' "/proc/$pid/status" 2>/dev/null)
    case $own in *" \${uid:-none} "*) echo "$pid"; return 0 ;; esac
  done
  return 1
}
service_process() {
  main=$(systemctl show mosquitto.service -p MainPID 2>/dev/null | cut -d= -f2)
  if [ -n "$main" ] && [ "$main" != 0 ]; then echo "$main"; else broker_process; fi
}
`;
