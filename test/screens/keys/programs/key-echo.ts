// Says the name of every key that reaches the screens, one a line, until Ctrl-C.
import { render, useInput, usePaste } from 'ink';
import { createElement, useEffect } from 'react';
import { keyName } from '../../../../screens/keys/key-name.ts';
import { TerminalInput } from '../../../../screens/terminal/input.ts';

const say = (line: string) => void process.stdout.write(`${line}\r\n`);

function Echo() {
  useInput((input, key) => {
    const name = keyName(input, key);
    say(`<${name}>`);
    if (name === 'ctrl-c') process.exit(0);
  });
  usePaste((text) => say(`<paste ${JSON.stringify(text)}>`));
  useEffect(() => say('ready'), []);
  return createElement('ink-box');
}

render(createElement(Echo), {
  stdin: new TerminalInput(process.stdin) as unknown as NodeJS.ReadStream,
  exitOnCtrlC: false,
  interactive: true,
});
