/** The unit that the packages of all distributions bring. */
export const usualUnit = 'mosquitto.service';

/** What systemd may call a service (systemd.unit(5)); nothing else is handed on to a script or shown to be typed. */
export const unitName = /^[A-Za-z0-9_][A-Za-z0-9_@.:\\-]{0,245}\.service$/;

/** A service as one would type it at a prompt: `mosquitto`, or another's whole name. */
export function unitTyped(unit: string | null): string {
  if (unit === null || unit === usualUnit) return 'mosquitto';
  return unit.includes('\\') ? `'${unit}'` : unit;
}
