import { opensToAll } from '../../mosquitto/effective/admits.ts';
import { shellQuoted } from '../../text/typed.ts';
import { knockAt } from '../by-hand/knock.ts';
import { comment } from '../by-hand/machines.ts';
import { idOption, messageLines, websocketLines } from '../by-hand/message.ts';
import type { Setup } from '../contract/setup.ts';
import { anonymousTarget, clientFolder, firstClient, folderOf, isNamed } from '../reach/targets.ts';
import { topic } from '../reach/topics.ts';

/** What a person would type to see who gets in, and who does not any more. */
export function verifyByHand(setup: Setup): string[] {
  const { answers, broker } = setup;
  const { tls } = answers.ports;
  const name = firstClient(setup);
  const here = answers.clients[0]?.host === 'here';
  // As a client does it: what is not in the certificate is refused.
  const bound = knockAt(setup, tls);
  const calls = [bound.over ? '' : bound.address, broker.address, ...(answers.names ?? [])];
  // Programs compare an address with its zone, which no certificate has.
  const named = calls.filter((one) => isNamed(setup, one));
  const address = named.find((one) => !one.includes('%')) ?? broker.address;
  const there = `-h ${shellQuoted(address)} -p ${tls} --cafile root_ca.crt`;
  const own = `--cert ${shellQuoted(`${name}.crt`)} --key ${shellQuoted(`${name}.key`)}`;
  const refused = `-t ${shellQuoted(answers.topic || topic)} -m refused`;
  const { port } = anonymousTarget(setup);
  const plain = knockAt(setup, port);
  const old = answers.minimumTls === '1.3' ? '1_2' : '1_1';
  const peer = shellQuoted(`${address.includes(':') ? `[${address}]` : address}:${tls}`);
  return [
    `cd ${shellQuoted(here ? clientFolder(setup, name) : folderOf(setup))}`,
    comment('With the certificate: the message comes back.'),
    ...messageLines(setup, tls, `${there} ${own}`),
    comment('Without one: refused.'),
    `mosquitto_pub ${there}${idOption(setup)} ${refused}`,
    ...(answers.plainListener === 'open' || plain.over
      ? []
      : plainLines(setup, plain, port, refused)),
    ...otherPorts(setup, port, refused),
    comment('With a TLS that is too old: refused.'),
    `openssl s_client -connect ${peer} -tls${old} </dev/null`,
  ];
}

/** Ports without TLS besides, each knocked at by nobody in particular. */
function otherPorts(setup: Setup, plain: number, refused: string): string[] {
  const { listeners = [], answers } = setup;
  const others = listeners.filter(
    ({ port, tls, protocol }) =>
      protocol === 'mqtt' && !tls && port > 0 && ![plain, answers.ports.tls].includes(port),
  );
  return [...new Set(others.map(({ port }) => port))].slice(0, most).flatMap((port) => {
    const { address, over } = knockAt(setup, port);
    if (over) return [];
    const open = others.some((one) => one.port === port && opensToAll(one));
    return [
      comment(
        `At port ${port}, too: ${open ? 'it is open to everybody, and the message goes through' : 'refused'}.`,
      ),
      `mosquitto_pub -h ${shellQuoted(address)} -p ${port}${idOption(setup)} ${refused}`,
    ];
  });
}

/** So many are enough to see how it is done. */
const most = 4;

const plainLines = (
  setup: Setup,
  { address, protocol }: ReturnType<typeof knockAt>,
  port: number,
  refused: string,
): string[] => {
  const at = `-h ${shellQuoted(address)} -p ${port}`;
  return protocol === 'websockets'
    ? websocketLines(setup, at)
    : [`mosquitto_pub ${at}${idOption(setup)} ${refused}`];
};
