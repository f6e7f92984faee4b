/** A line of a configuration file; `line` counts from 1. */
export interface Place {
  file: string;
  line: number;
}
