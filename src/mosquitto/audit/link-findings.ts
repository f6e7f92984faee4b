import { clean } from '../../text/clean.ts';
import { type Link, linksAmong } from '../config/files/links.ts';
import type { Look } from '../inspection/look.ts';
import type { Broker } from '../service/broker.ts';
import { type Finding, found } from './advice/finding.ts';

/** More than anybody has; the names go on one command line. */
const mostFiles = 200;

/** Configuration files that are links, or in folders that are: whoever may write where they lead decides. */
export async function linkFindings(
  { host, layout }: Broker,
  { configuration }: Look,
): Promise<Finding[]> {
  const files = [...new Set(configuration.files)].slice(0, mostFiles);
  if (files.length === 0) return [];
  const links = await linksAmong(host, layout.folder, files);
  // A folder that is one is told once.
  const each = new Map(links.map((one) => [one.link, one]));
  return [...each.values()].map((one) => finding(one, layout.keyOwner === null));
}

function finding({ path, link, leadsTo, owner }: Link, anybodys: boolean): Finding {
  const [name, place] = [clean(link, 200), clean(leadsTo ?? '', 200)];
  const says = `${name} is a link to ${place}`;
  if (owner === 'root' || anybodys)
    return found(
      'configuration-is-link',
      'note',
      { file: path, line: 1 },
      `${says}: a set-up puts a file in the place of a link to a file, and writes where a link to a folder leads.`,
      'Nothing needs to be done if that is meant; keep what is changed here in the checkout, too.',
    );
  return found(
    'configuration-of-other-user',
    'warning',
    { file: path, line: 1 },
    `${says}, which belongs to ${clean(owner, 40) || 'somebody'}: that user can let in whom they like.`,
    `Give it and its folders to root, or put a copy of it in the place of the link.`,
  );
}
