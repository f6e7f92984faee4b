// What the unattended commands are made of, loaded when one of them is called.
export { auditCommand } from './audit-command.ts';
export { expiries } from './expiries.ts';
export { endsBeforeProof, run } from './run.ts';
export { secretsFromFiles } from './secrets.ts';
export { status, statusText } from './status.ts';
export { undo, undoLook } from './undo/undo.ts';
export { undoText } from './undo/undo-text.ts';
export { evidenceText, verify } from './verify.ts';
