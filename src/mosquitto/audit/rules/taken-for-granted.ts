import { isIP } from 'node:net';
import type { Configuration, Directive } from '../../config/model/configuration.ts';
import type { Effective } from '../../effective/listener.ts';
import { fileNamed } from '../../effective/missing-files.ts';
import { type Finding, found, listed } from '../advice/finding.ts';

/** What the broker opens when it starts. */
const opened =
  /^((ca|cert|key|crl|dhparam)file|capath|(password|acl|psk|pid)_file|http_dir|persistence_location|(auth_|global_)?plugin|plugin_load|(plugin|auth)_opt_.*file|bridge_((ca|cert|key)file|capath))$/;

/** More are counted, not named. */
const most = 8;

/**
 * Of a configuration that was read without its machine: what it names, of which nobody has seen whether it is there
 * and good, so that it is not said to start without that being said. None where it names nothing.
 */
export function takenForGranted(
  { directives }: Configuration,
  { loads, listeners }: Effective,
): Finding[] {
  if (!loads) return [];
  const lines = directives.filter(
    ({ option, value }) => opened.test(option) || (option === 'log_dest' && /^file /.test(value)),
  );
  const hosts = [
    ...new Set(listeners.flatMap(({ addresses }) => addresses.filter((one) => isName(one)))),
  ];
  const [first] = lines;
  const at = first ?? listeners.find(({ addresses }) => addresses.some(isName))?.at;
  if (!at) return [];
  const names = [...new Set(lines.map(nameIn))];
  const shown = listed(
    names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : names,
  );
  const words = [
    ...(names.length > 0 ? [`Not looked at, and taken to be there and good: ${shown}.`] : []),
    ...(hosts.length > 0
      ? [`Taken to be known on the broker's machine: ${listed(hosts.slice(0, most))}.`]
      : []),
  ];
  const fix = 'Audit the broker itself (without "--config"), which looks.';
  return [found('taken-for-granted', 'note', at, words.join(' '), fix)];
}

const isName = (address: string): boolean =>
  !address.startsWith('/') && !address.startsWith('::') && isIP(address) === 0;

const nameIn = (line: Directive): string =>
  line.option === 'log_dest' ? line.value.replace(/^file +/, '') : fileNamed(line).trim();
