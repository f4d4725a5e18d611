/** How things stand where one registration has several backends: some of its callers on Graph, others on EWS. */
import type { Backend, BackendStatus } from './backend.ts';

/**
 * @param first the one whose name stands for all
 * @param more all of the registration, or the others
 */
export function combinedStatus(first: Backend, more: readonly Backend[]): BackendStatus {
  const all = [first, ...more.filter((backend) => backend !== first)].map((backend) => backend.status());
  const sum = (of: (status: BackendStatus) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    name: first.name,
    gate: {
      running: sum(({ gate }) => gate.running),
      waiting: sum(({ gate }) => gate.waiting),
      // Of a mailbox that both hold back, the later end.
      cooldowns: new Map(all.flatMap(({ gate }) => [...gate.cooldowns]).toSorted(([, a], [, b]) => a - b)),
    },
    connections: {
      connected: sum(({ connections }) => connections.connected),
      free: sum(({ connections }) => connections.free),
      pending: sum(({ connections }) => connections.pending),
    },
    tokens: all.flatMap(({ tokens }) => tokens),
  };
}
