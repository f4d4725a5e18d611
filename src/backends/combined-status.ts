/** How things stand where one registration has several backends: some of its callers on Graph, others on EWS. */
import type { BackendName } from '../config/types.ts';
import type { Backend, BackendStatus } from './backend.ts';

/** @param name of the one that stands for all */
export function combinedStatus(name: BackendName, backends: readonly Backend[]): BackendStatus {
  const all = backends.map((backend) => backend.status());
  const sum = (of: (status: BackendStatus) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    name,
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
    shadow: all.flatMap(({ shadow }) => shadow ?? []),
    shadowOfCallers: all.flatMap(({ shadowOfCallers }) => shadowOfCallers ?? []),
    switches: all.flatMap(({ switches }) => switches ?? []),
  };
}
