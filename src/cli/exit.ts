/** How the command line ends (design, section 7). */
export const EXIT = {
  /** All records analysed, or refused with a reason. */
  done: 0,
  someFailed: 1,
  usage: 2,
  /** Ended by the user (128 + SIGINT). */
  interrupted: 130,
} as const;

/** The command was not understood. */
export class UsageError extends Error {}
