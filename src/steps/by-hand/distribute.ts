import { folderOf } from '../authority.ts';
import { brokerFiles } from '../goal.ts';
import { releaseName } from '../release.ts';
import type { Setup } from '../setup.ts';
import { clientFolder } from '../targets.ts';
import { asRoot, comment, onTheBroker, onTheWay, sshTo } from './machines.ts';
import { shellQuoted } from './quoting.ts';

/** What a person would type to bring every file where it belongs. */
export function distributeByHand(setup: Setup): string[] {
  return [
    `cd ${shellQuoted(folderOf(setup))}`,
    ...setup.answers.clients.flatMap((client) => clientLines(setup, client)),
    ...brokerLines(setup),
  ];
}

type Client = Setup['answers']['clients'][number];

function clientLines(setup: Setup, { name, host, folder }: Client): string[] {
  const [key, certificate] = [`${name}.key`, `${name}.crt`].map(shellQuoted);
  const here = host === 'here';
  const to = shellQuoted(here ? clientFolder(setup, name) : (folder ?? name));
  if (here)
    return [
      `mkdir -p -m 700 ${to}`,
      `install -m 600 ${key} ${to}`,
      `install -m 644 ${certificate} root_ca.crt ${to}`,
    ];
  const there = [
    `umask 077; mkdir -p ${to} && cd ${to} && tar -xof -`,
    `chmod 600 ${key} && chmod 644 ${certificate} root_ca.crt`,
  ].join(' && ');
  return [
    comment(`To the machine of a client, ${host}; ssh may ask you first:`),
    `tar -cf - ${key} ${certificate} root_ca.crt | ${sshTo(setup.answers, host)} ${shellQuoted(there)}`,
  ];
}

function brokerLines(setup: Setup): string[] {
  const { answers, broker, release = releaseName(1) } = setup;
  const { folder: certificates, names } = brokerFiles(setup);
  const folder = `${certificates}/${release}`;
  const { keyOwner } = broker.layout;
  const remote = broker.host.kind === 'ssh';
  const own = keyOwner ? `-o ${keyOwner.owner} -g ${keyOwner.group} ` : '';
  const root = keyOwner ? '-o root -g root ' : '';
  const from = (name: string) => shellQuoted(remote ? `${onTheWay}/${name}` : name);
  const into = (name: string) => shellQuoted(`${folder}/${name}`);
  const file = (name: string, owner: string, mode: number) =>
    `install ${owner}-m ${mode} ${from(name)} ${into(name)}`;
  const files = [names.key, names.certificate, names.authority].map(shellQuoted).join(' ');
  const there = `umask 077; mkdir -p ${onTheWay} && cd ${onTheWay} && tar -xof -`;
  return [
    ...(remote
      ? [
          comment('To the machine of the broker, into a folder of your own there:'),
          `tar -cf - ${files} | ${sshTo(answers, answers.broker)} ${shellQuoted(there)}`,
        ]
      : []),
    onTheBroker(setup),
    asRoot(setup, [
      `install ${root}-d -m 755 ${shellQuoted(folder)}`,
      file(names.key, own, 600),
      file(names.certificate, root, 644),
      file(names.authority, root, 644),
      ...bothAuthorities(setup, from(names.authority), into(names.authorities)),
      ...(remote ? [`rm -r ${onTheWay}`] : []),
    ]),
  ];
}

/** Ours and the one until now, the certificates alone, as the broker is to read them. */
function bothAuthorities({ answers, rewrite }: Setup, ours: string, to: string): string[] {
  const theirs = rewrite?.keptAuthority;
  if (answers.otherTls !== 'keep' || theirs === undefined) return [];
  // The file in use has ours already.
  const from =
    shellQuoted(theirs) === to || theirs.endsWith('/current/clients_ca.crt') ? '' : `${ours} `;
  const block = '/-BEGIN.CERTIFICATE-/,/-END.CERTIFICATE-/p';
  return [`sed -n ${block} ${from}${shellQuoted(theirs)} >${to}`, `chmod 644 ${to}`];
}
