export const stepIds = [
  'inspect',
  'anonymous',
  'authority',
  'certificates',
  'distribute',
  'harden',
  'verify',
] as const;

export type StepId = (typeof stepIds)[number];
