/** How a guided session ended, and the commands that are to be printed after it. */
export interface End {
  how: 'left' | 'interrupted';
  commands: string[];
}
