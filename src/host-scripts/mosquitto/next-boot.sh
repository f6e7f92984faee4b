# Tells what only the next start or boot would show.
#
# The age of the process holds also where the clock was set since. What is in /etc/systemd but not loaded counts from the
# next boot on. An overlay is as lasting as what it writes to (overlayfs, in the kernel's documentation); one whose upper
# folder cannot be seen from here is not judged.
# Arguments: UNIT (or nothing) PROGRAM FOLDER...
# Output: lines `changed<tab>FILE` (after the broker was started) and `volatile<tab>FOLDER` (in memory only).

. mosquitto/service/process.sh
PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin
unit=$1 program=$2
shift 2
of=${unit:-mosquitto.service}
files=$(systemctl show "$of" -p FragmentPath -p DropInPaths 2>/dev/null | cut -d= -f2-)
pid=$(service_process "$unit") && age=$(ps -o etimes= -p "$pid" | tr -d ' ') && now=$(date +%s) && find \
  $files \
  "/etc/systemd/system/$of" "/etc/systemd/system/$of".d/*.conf \
  "/etc/systemd/system/${of%%@*}@.service.d"/*.conf "$program" -maxdepth 0 \
  -newerct "@$((now - age + 1))" ! -newerct "@$((now + 1))" -printf 'changed\t%p\n' 2>/dev/null
for path do
  mount=$(findmnt -n -o FSTYPE,OPTIONS -T "$path" 2>/dev/null | tail -n 1)
  case $mount in
    overlay*)
      upper=${mount##*upperdir=}
      upper=${upper%%,*}
      mount=
      [ ! -d "$upper" ] || mount=$(findmnt -n -o FSTYPE -T "$upper" 2>/dev/null | tail -n 1)
      ;;
  esac
  case $mount in tmpfs* | ramfs*) printf 'volatile\t%s\n' "$path" ;; esac
done
