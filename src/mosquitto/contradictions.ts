import { type Goal, plainIsOpen } from './access.ts';
import type { Place } from './effective.ts';
import type { ConfiguredListener } from './memory.ts';
import type { Configuration, Directive } from './read.ts';

/** A line that would stand in the way of the goal. */
export interface Contradiction {
  place: Place;
  /** The line as written. */
  text: string;
  why: string;
}

/** Every line of a configuration that contradicts the goal, in reading order. */
export function contradictions(configuration: Configuration, goal: Goal): Contradiction[] {
  return configuration.directives.flatMap((directive) => {
    const why =
      reason(directive, configuration, goal) ??
      passwords(directive, configuration, goal) ??
      sharedKeys(directive, configuration, goal);
    const { file, line, raw } = directive;
    return why ? [{ place: { file, line }, text: raw.trim(), why }] : [];
  });
}

function reason(
  { option, value, scope, listener: around }: Directive,
  { memory }: Configuration,
  goal: Goal,
): string | null {
  // These two are the default listener's, also within the block of another.
  const ofDefault = option === 'port' || option === 'bind_address';
  const listener = ofDefault ? memory.defaultListener : around;
  if (option === 'per_listener_settings')
    return value.startsWith('true') || value.startsWith('1')
      ? 'It splits the settings by listener, and loses queued messages on some versions.'
      : null;
  if (option === 'allow_anonymous')
    return plainIsOpen(goal)
      ? 'It is global, and the last one read counts: it is set in access.conf.'
      : 'It is global: here it could open every listener.';
  if (listener === null) return null;
  if (option !== 'listener' && !ofDefault && scope !== 'listener') return null;
  const port = portOf(listener);
  const { plain, tls } = goal.ports;
  if (port !== plain && port !== tls) return null;
  if (listener.isDefault) return `It would open port ${port} a second time.`;
  return option === 'listener'
    ? `Port ${port} is set up in access.conf; a second listener on it cannot start.`
    : `It belongs to the old listener on port ${port}.`;
}

/** The default listener is where `port` says, wherever that stands; 1883 unless told. */
const portOf = ({ isDefault, port, settings }: ConfiguredListener): number =>
  isDefault ? Number(settings.get('port')?.value ?? (port || 1883)) : port;

/**
 * A door that is to refuse everyone must not take passwords. Where another listener needs the same
 * password file it stays all the same; that the door then takes them is told before anything is done.
 */
function passwords(
  { option, listener }: Directive,
  { memory }: Configuration,
  goal: Goal,
): string | null {
  if (option !== 'password_file' || goal.plainListener !== 'refuse') return null;
  const { plain, tls } = goal.ports;
  const ours = (one: ConfiguredListener) => [plain, tls].includes(portOf(one));
  const itsOwn = memory.perListener !== null && listener !== null && ours(listener);
  return itsOwn || memory.listeners.every(ours)
    ? `Whoever has a password would still get in on port ${plain}, unencrypted.`
    : null;
}

/**
 * A file of shared keys that serves no listener any more. Left alone it opens port 1883 once more (2.0.11),
 * keeps TLS 1.3 from every listener (2.0.12 on), or cannot stand beside their certificates (2.1).
 */
function sharedKeys({ option }: Directive, { memory }: Configuration, goal: Goal): string | null {
  if (option !== 'psk_file') return null;
  const { plain, tls } = goal.ports;
  const stay = memory.listeners.some(
    (one) => one.settings.has('psk_hint') && ![plain, tls].includes(portOf(one)),
  );
  return stay ? null : 'No listener uses it any more, and it would harm the others.';
}

/** A file's text with its contradicting lines made comments. */
export function strike(text: string, file: string, found: readonly Contradiction[]): string {
  const lines = new Set(
    found.filter((one) => one.place.file === file).map((one) => one.place.line),
  );
  return text
    .split('\n')
    .map((line, index) => (lines.has(index + 1) ? `# lockstep: ${line}` : line))
    .join('\n');
}
