/** One verb of the `pforte` command; returns the exit status: 0 good, 1 look at it, 2 refused or broken. */
export interface Verb {
  readonly usage: string
  run(args: string[], settings: string): Promise<number>
}

/** Told to whoever typed the command: one sentence, no stack. */
export class CommandRefused extends Error {}
