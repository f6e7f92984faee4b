import { clean } from '../../../text/clean.ts';
import { expanded, type Tokens } from '../syntax/tokens.ts';
import { printedFiles, words } from '../syntax/words.ts';
import { unreadable } from './printed.ts';

/** A keyword that names files of host keys. */
export type KeyFiles = 'userknownhostsfile' | 'globalknownhostsfile' | 'revokedhostkeys';

/** What a name in a configuration is taken from. */
export interface Surroundings {
  alias: string;
  /** Stands for `~`. */
  home: string;
  tokens: Tokens;
  environment: Readonly<Record<string, string | undefined>>;
}

/** How a line of a configuration is read. HostError where it is not plain. */
export interface Reading {
  /** The one word that a keyword has. */
  word(line: string, alias: string): string;
  /** The paths that it names. A file that is missed would make a changed key an unknown one. */
  files(keyword: KeyFiles, line: string, around: Surroundings): string[];
}

/** As `ssh -G` prints it: without quotes, and with everything replaced that ssh replaces there, but for a `~` in two of them. */
export const printed: Reading = {
  word: (line) => line,
  files: (keyword, line, around) => {
    const path = (name: string) =>
      keyword === 'revokedhostkeys' ? name : atHome(keyword, name, around);
    const files = printedFiles(line, path);
    if (files === null) throw unreadable(around.alias, twoWays(line));
    return files;
  },
};

/** As it is written in a file: with its quotes and its comments. */
export const written: Reading = {
  word: (line, alias) => wordsOf(line, alias)[0] ?? '',
  files: (keyword, line, around) => {
    const { alias, tokens, environment } = around;
    const unknown = (raw: string) => unreadable(alias, nothing(keyword, raw));
    const names = wordsOf(line, alias);
    if (names.length === 0 || names.includes('')) throw unknown('');
    return names.map((name) => {
      if (keyword === 'globalknownhostsfile') return atHome(keyword, name, around);
      if (keyword === 'revokedhostkeys') return inFull(name, around);
      return expanded(atHome(keyword, name, around), tokens, environment, unknown);
    });
  },
};

function wordsOf(line: string, alias: string): string[] {
  const found = words(line, true);
  if (found === null) throw unreadable(alias, openQuote(line));
  return found;
}

/** `~` and `~/...`; the home folders of others ssh looks up, and we cannot. */
function atHome(keyword: KeyFiles, name: string, { alias, home }: Surroundings): string {
  if (!name.startsWith('~')) return name;
  if (!/^~(\/|$)/.test(name)) throw unreadable(alias, nothing(keyword, name));
  return `${home.replace(/\/$/, '')}/${name.replace(/^~\/*/, '')}`;
}

/** ssh before 9.4 takes such a name as it is written, and then mostly finds no file and trusts no host. */
function inFull(name: string, { alias }: Surroundings): string {
  if (/^~|%|\$\{/.test(name)) throw unreadable(alias, versions(name));
  return name;
}

const keywords: Record<KeyFiles, string> = {
  userknownhostsfile: 'UserKnownHostsFile',
  globalknownhostsfile: 'GlobalKnownHostsFile',
  revokedhostkeys: 'RevokedHostKeys',
};

const inFullNext = 'Write the full path of that file there. Nothing was done.';

const nothing = (keyword: KeyFiles, raw: string): Parameters<typeof unreadable>[1] => ({
  likely: `${keywords[keyword]} in it names a file by "${clean(raw, 200)}", and what that stands for is not known here.`,
  next: inFullNext,
});

const versions = (name: string) => ({
  likely: `RevokedHostKeys in it names "${clean(name, 200)}", which is one file for newer versions of ssh and another for older ones.`,
  next: inFullNext,
});

const twoWays = (line: string) => ({
  likely: `"${clean(line, 200)}" in it can mean different files that are there: one of them has a blank in its name.`,
  next: 'Give that file a name without a blank, there and in the configuration. Nothing was done.',
});

const openQuote = (line: string) => ({
  likely: `A quotation mark in it is open: ${clean(line, 200)}`,
  next: 'Close it in ~/.ssh/config. Nothing was done.',
});
