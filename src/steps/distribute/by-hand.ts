import { shellQuoted } from '../../text/typed.ts';
import { asRoot, comment, onTheBroker, onTheWay, sshTo, together } from '../by-hand/machines.ts';
import type { Setup } from '../contract/setup.ts';
import { brokerFiles } from '../reach/goal.ts';
import { clientFolder, folderOf } from '../reach/targets.ts';
import { releaseName } from '../release/release.ts';

/** What a person would type to bring every file where it belongs; what may ask for something comes last. */
export function distributeByHand(setup: Setup): string[] {
  const { clients, otherTls } = setup.answers;
  if (otherTls === 'keep' && !setup.rewrite?.keptAuthority)
    return [
      comment('Which authority is to be kept was not found. The plan of this step says why.'),
    ];
  const away = clients.filter(({ host }) => host !== 'here');
  return [
    `cd ${shellQuoted(folderOf(setup))}`,
    ...clients.filter(({ host }) => host === 'here').flatMap(({ name }) => keptHere(setup, name)),
    ...(away.length > 0
      ? [comment(`To ${away.map(({ host }) => host).join(', ')}. ssh may ask you first.`)]
      : []),
    onTheBroker(setup),
    together([...away.map((client) => sent(setup, client)), ...brokerCommands(setup)]),
  ];
}

type Client = Setup['answers']['clients'][number];

const filesOf = (name: string) => [`${name}.key`, `${name}.crt`].map(shellQuoted);

function keptHere(setup: Setup, name: string): string[] {
  const [key, certificate] = filesOf(name);
  const folder = shellQuoted(clientFolder(setup, name));
  return [
    `mkdir -p -m 700 ${folder}`,
    `install -m 600 ${key} ${folder}`,
    `install -m 644 ${certificate} root_ca.crt ${folder}`,
  ];
}

/** Without a folder it is one in the home folder there, which is where ssh begins. */
function sent(setup: Setup, { name, host, folder = `~/${name}` }: Client): string {
  const [key, certificate] = filesOf(name);
  const there = [
    unpack(fromHome(folder)),
    `chmod 600 ${key}`,
    `chmod 644 ${certificate} root_ca.crt`,
  ].join(' && ');
  const to = `${sshTo(setup.answers, host)} ${shellQuoted(there)}`;
  return `tar -cf - ${key} ${certificate} root_ca.crt | ${to}`;
}

/** A path from the home folder, where ssh begins; one that looks like an option is none. */
const fromHome = (folder: string): string =>
  folder.replace(/^~\/?/, '').replace(/^-/, './-') || '.';

/** Nobody else can look into what is written meanwhile, nor owns it. */
const unpack = (folder: string): string => {
  const place = shellQuoted(folder);
  return `umask 077; mkdir -p ${place} && cd ${place} && tar -xof -`;
};

function brokerCommands(setup: Setup): string[] {
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
  const to = `${sshTo(answers, answers.broker)} ${shellQuoted(unpack(onTheWay))}`;
  return [
    ...(remote ? [`tar -cf - ${files} | ${to}`] : []),
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
function bothAuthorities(setup: Setup, ours: string, to: string): string[] {
  const theirs = setup.rewrite?.keptAuthority;
  if (setup.answers.otherTls !== 'keep' || theirs === undefined) return [];
  const { current, names } = brokerFiles(setup);
  // The file in use has ours already.
  const from = theirs === `${current}/${names.authorities}` ? '' : `${ours} `;
  const certificates = '/-BEGIN.CERTIFICATE-/,/-END.CERTIFICATE-/p';
  return [`sed -n ${certificates} ${from}${shellQuoted(theirs)} >${to}`, `chmod 644 ${to}`];
}
