import { bindingOf } from '../../config/model/bind-address.ts';
import type { Directive } from '../../config/model/configuration.ts';
import { isOn } from '../../config/model/memory.ts';
import type { Place } from '../../config/model/place.ts';
import { demandsAt } from '../../effective/admission.ts';
import { isLocalOnly, protocolOf } from '../../effective/sockets.ts';
import { lineAt, linesThat, listenerBelow, settingsLines } from '../advice/blocks.ts';
import { clientsWith } from '../advice/concerned.ts';
import { above, below, type Edit, moved, removed, replaced } from '../advice/edit.ts';
import { type Draft, found, nameOf, placeOf, type Rule, type Way } from '../advice/finding.ts';
import { isPrivileged, withHigherPort } from '../advice/repairs.ts';
import { anybodyAt } from './ways-in.ts';

/** A line before any `listener` line opens port 1883 beside the others. */
export const unmeantListener: Rule = (subject) =>
  subject.open.flatMap((one) => {
    const { configuration, open, behaviour } = subject;
    const { configured } = one;
    const asked = configured.settings.has('bind_address') || configured.settings.has('port');
    if (!configured.isDefault || asked || configured.at === null) return [];
    const place = placeOf(configured, configuration);
    const lines = settingsLines(configured, configuration);
    const target = lines[0] && listenerBelow(lines[0], configuration);
    const elsewhere = configuration.directives.find(({ option }) => option === 'listener');
    const to = target ?? elsewhere;
    const who = demandsAt(one, configuration.memory, behaviour).map(clientsWith);
    return [
      found(
        'unmeant-listener',
        open.length > 1 || anybodyAt(one, subject).accepted ? 'critical' : 'warning',
        place,
        `This line stands before any "listener" line of its file, so the broker takes it for its default listener and opens ${nameOf(one)} for it${open.length > 1 ? ' beside those you named' : ''}: ${who.length === 0 ? 'nobody gets in there' : `open to ${who.join(', or ')}`}.`,
        {
          ways: [
            ...(to ? [{ edits: moved(inOneFile(lines), (text) => below(to, text)) }] : []),
            { edits: lines.map(removed) },
          ],
          otherwise:
            'Say first whether anybody is to come by that port. Which listener the line was meant for, you have to say: below a "listener" line it could let in others there, or shut them out.',
        },
      ),
    ];
  });

const inOneFile = (lines: Directive[]) => lines.filter(({ file }) => file === lines[0]?.file);

/** The older spelling of a listener. */
export const oldListenerLines: Rule = ({ configuration }) => {
  const { directives } = configuration;
  const old = directives.filter(({ option }) => option === 'port' || option === 'bind_address');
  const of = (option: string) => old.filter((line) => line.option === option).at(-1);
  const port = of('port')?.value.split(' ')[0] ?? '1883';
  const address = of('bind_address')?.value;
  const spelled = `listener ${port}${address ? ` ${address}` : ''}`;
  const ways = oldWays(spelled, old, configuration);
  return old.map((line) =>
    found(
      'old-listener-line',
      'note',
      line,
      `"${line.option}" is deprecated. "port" and "bind_address" open a listener of their own, in addition to every "listener" line.`,
      {
        ways,
        otherwise: 'A "listener" line says the same. Nothing breaks as it is.',
      },
    ),
  );
};

/** In place, where nothing else stands in the way; else as a block of its own at the end of the file. */
function oldWays(
  spelled: string,
  old: readonly Directive[],
  configuration: Parameters<typeof settingsLines>[1],
): Way[] {
  const [first, ...others] = old;
  const own = configuration.memory.listeners.find(({ isDefault }) => isDefault);
  if (first === undefined || own === undefined) return [];
  const settings = settingsLines(own, configuration);
  const inFile = [...old, ...settings].every(({ file }) => file === first.file);
  if (!inFile) return [];
  const append = (text: string): Edit => ({ action: 'append', file: first.file, text });
  const before = settings.filter(({ line }) => line < first.line);
  const mixed = configuration.directives.some(
    ({ file, option }) => file === first.file && option === 'listener',
  );
  const inPlace: Edit[] = [
    replaced(first, spelled),
    ...others.map(removed),
    ...moved(before, (text) => below(first, text)),
  ];
  const atEnd: Edit[] = [...old.map(removed), append(spelled), ...moved(settings, append)];
  return mixed ? [{ edits: atEnd }] : [{ edits: inPlace }, { edits: atEnd }];
}

/** libwebsockets takes bind addresses its own way. */
export const websocketAddresses: Rule = ({ configuration, open, behaviour }) =>
  open.flatMap((one) => {
    const { configured, sockets } = one;
    if (behaviour.ownWebsockets || protocolOf(configured) !== 'websockets') return [];
    const place = placeOf(configured, configuration);
    if (configured.path !== undefined) {
      return [
        found(
          'websockets-random-port',
          'critical',
          place,
          'Websockets cannot use a unix socket before 2.1: the broker opens a random TCP port on all interfaces instead.',
          {
            ways: [{ edits: linesThat('protocol', configured, configuration).map(removed) }],
            otherwise: 'Give the listener a port and an address of its own.',
          },
        ),
      ];
    }
    if (sockets.length === 0 && isPrivileged(configured, configuration.memory))
      return [neverOpens(lineAt(place, configuration) ?? place)];
    if (configured.host === undefined) return [];
    if (sockets.length === 0) {
      const here = bindingOf(configured.host).kind === 'loopback' && configured.at !== null;
      return [
        found(
          'websockets-never-listens',
          'warning',
          place,
          `A websockets listener wants an IP address, not a name: this one never listens on "${configured.host}".`,
          {
            ways: here
              ? [{ edits: [replaced(place, `listener ${configured.port} 127.0.0.1`)], lets: true }]
              : [],
            otherwise:
              'It does no harm. If it is to listen, write the address in place of the name; audit again then, to see whom it lets in.',
          },
        ),
      ];
    }
    const dual = sockets[0]?.address === '::(dual)';
    const binding = bindingOf(configured.host);
    if (!dual || binding.kind !== 'address' || isEverywhere(binding.address)) return [];
    const domain = linesThat('socket_domain', configured, configuration);
    return [
      found(
        'websockets-address-ignored',
        isLocalOnly(binding.address) ? 'critical' : 'warning',
        place,
        `This broker ignores the address ${configured.host} of a websockets listener: ${nameOf(one)} is open on all interfaces.`,
        {
          ways: [{ edits: [...domain.map(removed), below(place, 'socket_domain ipv4')] }],
          otherwise: 'A firewall in front of this port does what the address was meant to do.',
        },
      ),
    ];
  });

const isEverywhere = (address: string): boolean => address === '::' || address === '0.0.0.0';

/** The older libwebsockets goes on without a port that it does not get, and says nothing. */
function neverOpens(place: Directive | Place): Draft {
  const line = 'raw' in place ? place.raw.trim() : '';
  const text = withHigherPort(line);
  return found(
    'websockets-never-listens',
    'warning',
    place,
    `Ports below 1024 are for root, which the broker has given up by then: this websockets listener never opens, and the broker says nothing of it.`,
    {
      ways: text === null ? [] : [{ edits: [replaced(place, text)], lets: true }],
      otherwise:
        'If it is to listen, choose a port above 1023; audit again then, to see whom it lets in.',
    },
  );
}

/** One switch for all, though it stands under one listener. */
export const anonymousForAll: Rule = ({ configuration, open }) => {
  const { memory, directives, mainPath } = configuration;
  if (memory.perListener !== null || open.length < 2) return [];
  const all = directives.filter(({ option }) => option === 'allow_anonymous');
  const last = all.at(-1);
  if (last === undefined || last.listener === null || last.listener.isDefault) return [];
  if (open.every((one) => isOn(one.configured.settings, 'use_identity_as_username'))) return [];
  const top = directives.find(({ file }) => file === mainPath);
  return [
    found(
      'anonymous-for-all',
      'note',
      last,
      'This line stands under one listener, but "allow_anonymous" is one switch for all of them.',
      {
        ways: top
          ? [
              {
                edits: [...all.map(removed), above(top, last.raw.trim())],
                besides: 'There it says what it does.',
              },
            ]
          : [],
        otherwise: 'It does what it does wherever it stands; the last such line counts.',
      },
    ),
  ];
};
