/** Makes the gates and budgets of one service one over all gateways of a fleet. */
import type { GateSharing } from '../backends/gate-sharing.ts';
import type { Priority } from '../backends/mailbox-queue.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Marks } from '../fleet/shared-marks.ts';

/**
 * Milliseconds within which a later call of a client goes before one of another kind. In one gateway priorities are
 * strict; between gateways nothing may wait for ever.
 */
const DELAYS: Readonly<Record<Priority, number>> = {
  client: 0,
  batch: 1_000,
  prefetch: 5_000,
  polling: 60_000,
  shadow: 120_000,
};
const BACK_OFFS = 'back-offs';

/**
 * @param service what is called, and as which app: what has a limit for each mailbox
 * @param options whether slots are counted together too
 */
export function gateSharing(fleet: Fleet, service: string, options: { readonly slots: boolean }): GateSharing {
  const marks = marksOf(fleet, BACK_OFFS, service);
  return {
    slots: options.slots
      ? {
          get isJoined() {
            return fleet.isJoined;
          },
          get gateways() {
            return fleet.sharers;
          },
          take: ({ mailbox, weight, slots, priority, isWanted }) =>
            fleet.leases.take({
              key: `${service} ${mailbox.toLowerCase()}`,
              weight,
              slots,
              spare: priority === 'prefetch' ? 1 : 0,
              delay: DELAYS[priority],
              isWanted,
            }),
        }
      : undefined,
    coolDown: (mailbox, remaining) => marks.add({ text: mailbox.toLowerCase(), remaining }),
    listen: ({ take, held }) =>
      marks.hold({
        take: ({ text, remaining }) => take(text, remaining),
        *held() {
          for (const [mailbox, remaining] of held()) yield { text: mailbox.toLowerCase(), remaining };
        },
      }),
  };
}

/** Those marks of a kind that are about one service. */
export function marksOf(fleet: Fleet, kind: string, service: string): Marks {
  const prefix = `${service} `;
  const marks = fleet.marks(kind);
  return {
    add: ({ text, remaining }) => marks.add({ text: `${prefix}${text}`, remaining }),
    hold: ({ take, held }) =>
      marks.hold({
        take: ({ text, remaining }) => {
          if (text.startsWith(prefix)) take({ text: text.slice(prefix.length), remaining });
        },
        *held() {
          for (const { text, remaining } of held()) yield { text: `${prefix}${text}`, remaining };
        },
      }),
  };
}
