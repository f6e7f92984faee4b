# Tells how the service is.
#
# Arguments: UNIT (or nothing)
# Output: four lines: its process, the seconds since that started, the time, what `systemctl is-enabled` says.

. mosquitto/service/process.sh
pid=$(service_process "$1")
enabled=$(systemctl is-enabled "${1:-mosquitto.service}" 2>/dev/null)
age=
[ -n "$pid" ] && age=$(ps -o etimes= -p "$pid" 2>/dev/null)
now=$(date +%s)
printf '%s\n' "$pid" "$age" "$now" "$enabled"
