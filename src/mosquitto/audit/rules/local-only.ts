import { above } from '../advice/edit.ts';
import { found, type Rule } from '../advice/finding.ts';

/** Nothing in the configuration opens a listener. */
export const localOnlyMode: Rule = ({ configuration, effective, behaviour, open, unread }) => {
  const { memory, mainPath } = configuration;
  const implied = open.some(({ configured }) => configured.at !== null);
  if (!effective.loads || !memory.localOnly || implied) return [];
  const findings = [
    found(
      'local-only',
      'note',
      { file: mainPath, line: 1 },
      unread.length > 0
        ? 'No line opens a listener; what was not read may open one.'
        : 'No line opens a listener, so only programs on this machine can connect (port 1883, "local only mode").',
      'Nothing needs to be done if that is meant. To let others in with certificates, run "lockstep".',
    ),
  ];
  const refused = memory.security.settings.get('allow_anonymous');
  if (behaviour.localOnlyIsAnonymous && refused?.value === false) {
    findings.push(
      found(
        'ignored-in-local-only-mode',
        'warning',
        refused.place,
        'Before 2.0.21 the broker ignores "allow_anonymous false" as long as no line opens a listener.',
        {
          ways: [
            {
              edits: [above(refused.place, 'listener 1883 127.0.0.1')],
              besides: 'It is the same door, by IPv4, and the line is obeyed.',
            },
            { edits: [{ action: 'append', file: mainPath, text: 'listener 1883 127.0.0.1' }] },
          ],
          otherwise: 'The line is obeyed from 2.0.21 on, and wherever a line opens a listener.',
        },
      ),
    );
  }
  return findings;
};
