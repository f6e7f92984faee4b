import { type Suite, suites } from '../support/hosts/suites.ts';

/** One way of provoking a fault, which is to be met on every suite. */
export interface Row {
  /** `NUMBER-NAME`; the number is that of the fault. */
  id: string;
  /** What goes wrong, as people would say it. */
  fault: string;
  /** The test that provokes it, in test/faults. */
  test: string;
}

/** The faults themselves; each has one row or more. */
export const faults: Readonly<Record<number, string>> = {
  1: 'the program is killed',
  2: 'the connection is cut or freezes',
  3: "the broker's machine reboots in between",
  4: 'a disk is full',
  5: 'read-only /etc',
  6: 'sudo is missing, asks, or asks again',
  7: 'half a pair, and a reload at that moment',
  8: 'the configuration is edited meanwhile',
  9: 'a second operator',
  10: 'the broker does not start',
  11: 'its port is taken, or cannot be reached',
  12: 'a restart takes longer than 30 seconds',
  13: "the host's clock is wrong",
  14: 'folders and keys that the broker may not read',
  15: 'files that contradict or are spelled strangely',
  16: 'other shapes of configuration',
  17: 'certificates outside their time',
  18: 'certificates that are wrong',
  19: 'encrypted keys',
  20: 'what is remembered is damaged or foreign',
  21: 'the terminal',
  22: 'the host key',
  23: 'putting back fails itself',
  24: 'owner, mode, ACL, attributes and links of what is put back',
  25: 'what the undo needs cannot be written',
  26: 'the deadline of the undo is damaged',
  27: 'whoever waits to put it back is killed, or waits long',
  28: 'a cut between two commands of an undo',
  29: 'what is kept for an undo is damaged',
  30: 'what an undo would put back was changed since',
  31: 'an SSH server or sudo that counts',
  32: 'a program or an answer stops',
};

const rowsOf = (test: string, described: Record<string, string>): Row[] =>
  Object.entries(described).map(([id, fault]) => ({ id, fault, test }));

/** Every row of the table. A row that no test records makes the run fail. */
export const rows: readonly Row[] = [
  ...rowsOf('killed.hosts.test.ts', {
    '1-killed-left-alone': 'killed after every event; the armed undo is waited for, then resumed',
    '1-killed-resumed': 'killed after every event; resumed at once',
  }),
  ...rowsOf('cut.hosts.test.ts', {
    '2-frozen-left-alone': 'no packets from every remote action on; waited for, then resumed',
    '2-frozen-resumed': 'no packets from every remote action on; healed and resumed at once',
    '2-unanswered-left-alone': 'no answer from every remote action on; waited for, then resumed',
    '2-unanswered-resumed': 'no answer from every remote action on; healed and resumed at once',
    '2-reset-left-alone': 'connections reset at every remote action; waited for, then resumed',
    '2-reset-resumed': 'connections reset at every remote action; resumed at once',
  }),
  ...rowsOf('power.hosts.test.ts', {
    '3-power-cut': 'power cut after the files are switched, before it is proved',
    '3-reboot': 'a clean reboot at that moment',
    '3-boot-fails': 'a reboot at that moment, and what puts back at the boot fails, or is killed',
  }),
  ...rowsOf('disk.hosts.test.ts', {
    '4-disk-of-broker': "full on the broker's machine",
    '4-disk-of-client': "full where a client's files go",
    '4-disk-here': 'full on this machine',
    '5-read-only-etc': 'read-only /etc',
  }),
  ...rowsOf('login.hosts.test.ts', {
    '6-no-sudo': 'no right to use sudo',
    '6-sudo-asks': 'sudo asks, and nobody is there',
    '6-sudo-forgets': 'sudo asks for the password every time',
    '31-one-session': 'one session for each connection (MaxSessions 1)',
    '31-two-sessions': 'two sessions for each connection (MaxSessions 2)',
    '31-faillock': 'a wrong password for sudo, where three lock the user out',
    '22-host-key-unknown': 'the host key is unknown',
    '22-host-key-changed': 'the host key has changed',
  }),
  ...rowsOf('others.hosts.test.ts', {
    '7-reload-storm': 'reloads all through a set-up and its undoing',
    '7-killed-then-logrotate': 'killed while files are brought, then logrotate',
    '8-edited-meanwhile': 'somebody edits the configuration between plan and change',
    '2-half-sent': 'frozen when half of a change has been sent',
    '9-second-program': 'a second program on this machine',
    '9-second-operator': 'a second operator on another machine',
  }),
  ...rowsOf('restart.hosts.test.ts', {
    '10-does-not-start': 'the broker does not start',
    '11-port-taken': 'another program has port 8883',
    '11-behind-firewall': 'port 8883 cannot be reached from outside',
    '12-slow-restart': 'a restart takes 35 seconds',
    '14-folder-closed': 'the folder of certificates is closed to the broker',
    '14-key-of-root': 'the key is made readable by root alone at each start',
    '14-denied-by-policy': 'a policy denies the folder, whatever its mode says',
  }),
  ...rowsOf('clock.hosts.test.ts', {
    '13-clock-behind': 'a clock one day behind',
    '13-clock-ahead': 'a clock one year ahead',
    '13-clock-1970': 'a clock in 1970',
  }),
  ...rowsOf('shapes.hosts.test.ts', {
    '15-conflicting-file': 'an included file that opens 8883 otherwise',
    '15-crlf': 'lines that end as on Windows',
    '15-bom': 'a byte order mark',
    '16-per-listener-off': 'per_listener_settings false',
    '16-no-listener': 'no listener at all',
    '16-websockets': 'a websockets listener beside it',
    '16-bridge': 'a bridge to another broker',
  }),
  ...rowsOf('certificates.hosts.test.ts', {
    '17-expired': 'an expired certificate of the broker, of a client',
    '17-nearly-expired': 'a certificate that ends tomorrow',
    '17-not-yet-valid': 'a certificate that is valid from tomorrow',
    '17-authority-expired': 'an expired authority',
    '17-crl-expired':
      'an expired revocation list at a listener made by hand, which refuses everybody',
    '18-wrong-broker-certificate': 'of a foreign authority, no SAN, v1, wrong usage',
    '18-wrong-client-certificate':
      'foreign, same name, no name, v1, wrong usage: shown to the broker',
    '19-encrypted-broker-key': "an encrypted key in the place of the broker's",
    '19-encrypted-authority-key': 'an encrypted key of the authority',
  }),
  ...rowsOf('remembered.hosts.test.ts', {
    '20-truncated': 'the state is cut short',
    '20-newer': 'the state is of a newer version',
    '20-other-machine': 'the state is of another machine, with files that are not here',
    '21-resized': '80x24, resized to 20x5 and back, no colour, no UTF-8, at Harden',
    '21-stopped': 'Ctrl-Z and fg at Harden',
    '21-hung-up': 'the terminal is gone at Harden',
  }),
  ...rowsOf('put-back.hosts.test.ts', {
    '23-copy-vanished': 'what was kept has vanished: the commands that are left, by hand',
    '24-everything-of-a-file': 'compared after an undo, and read by the running broker',
  }),
  ...rowsOf('armed.hosts.test.ts', {
    '25-state-fills-up': 'full at every number of free pages while the change is made',
    '25-units-read-only': 'a read-only /etc/systemd',
    '25-nobody-waits': 'systemd-run fails',
    '26-deadline-damaged': 'empty, no number, in a time before the change, too far away',
    '26-deadline-damaged-met': 'empty, and nobody waits: the next run meets it',
    '27-waiter-killed': 'killed while it waits',
    '27-restart-outlasts': 'a restart that does not come to its end, after the program was killed',
    '28-empty-folders': 'each folder of its state, left empty',
    '28-cut-while-putting-back': 'power cut while the broker restarts with what was put back',
  }),
  ...rowsOf('journal.hosts.test.ts', {
    '29-damaged':
      "each file of the newest change zeroed, emptied, halved, changed, grown, removed, another's",
    '30-edited-since': "somebody's edit after the set-up",
    '30-added-since': "somebody's file in a folder that would be removed",
  }),
  ...rowsOf('stopped.hosts.test.ts', {
    '32-answer':
      'an answer of the SSH server to a run or an undo is never given, some of each kind in turn',
    '32-program':
      "a program that a run or an undo starts on the broker's machine stops, some of each in turn",
  }),
  ...rowsOf('hanging.hosts.test.ts', {
    '32-systemctl': 'systemctl hangs at every restart, and journalctl',
    '32-trial': 'the broker of the trial hangs',
    '32-waits': 'whoever waits to put the change back hangs',
  }),
];

export function row(id: string): Row {
  const found = rows.find((one) => one.id === id);
  if (!found) throw new Error(`no such row in the matrix: ${id}`);
  return found;
}

/** The whole matrix, or a sample of it. */
export const full = process.env.LOCKSTEP_TEST_FULL === '1';

/** The suites on which a row is met in this run: all, or one that differs from row to row. */
export const suitesOf = (id: string, all = full): Suite[] =>
  all ? [...suites] : suites.filter((_, index) => index === rows.indexOf(row(id)) % suites.length);

/** Of so many points, those that are met in this run: all, or every sixteenth and the ones named. */
export const pointsOf = (count: number, always: readonly number[] = []): number[] =>
  Array.from({ length: count }, (_, index) => index + 1).filter(
    (point) => full || point % 16 === 1 || always.includes(point),
  );

/** Of so many: all; or so many of them, from the first to the last. */
export const spread = (count: number, most: number): number[] => [
  ...new Set(
    Array.from({ length: Math.min(count, most) }, (_, turn) =>
      Math.min(count, 1 + Math.round((turn * (count - 1)) / Math.max(1, most - 1))),
    ),
  ),
];
