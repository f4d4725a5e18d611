/** Stands in for the demo in the single executable, which has no simulator and no client. */
import type { Command } from '../src/cli/command.ts';

const EXPLANATION =
  'The demo is not part of the single executable. It needs Node.js and the source: npm ci && npm run demo';

export const demo: Command = {
  usage: EXPLANATION,
  run: async () => {
    throw new Error(EXPLANATION);
  },
};
