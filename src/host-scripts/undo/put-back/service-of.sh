# Part: `service_of GROUP` sets `was` and `unit` to what it tells of the service.
#
# Only a sound one tells that it was stopped, or of a unit of its own.

service_of() {
  examine "$1"
  was='' unit=''
  if [ -n "$sound" ]; then read -r was unit <"$1/service" || :; fi
  [ "$was" = inactive ] || was=active
  unit=${unit:-mosquitto.service}
}
