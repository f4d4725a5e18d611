/** Makes the gates of one service one over all gateways of a fleet. */
import type { GateSharing } from '../backends/gate-sharing.ts';
import type { Priority } from '../backends/mailbox-queue.ts';
import type { Fleet } from '../fleet/fleet.ts';

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
  const prefix = `${service} `;
  const keyOf = (mailbox: string): string => `${prefix}${mailbox.toLowerCase()}`;
  const marks = fleet.marks(BACK_OFFS);
  return {
    slots: options.slots
      ? {
          get isJoined() {
            return fleet.isJoined;
          },
          get gateways() {
            return fleet.size;
          },
          take: ({ mailbox, weight, slots, priority, isWanted }) =>
            fleet.leases.take({
              key: keyOf(mailbox),
              weight,
              slots,
              spare: priority === 'prefetch' ? 1 : 0,
              delay: DELAYS[priority],
              isWanted,
            }),
        }
      : undefined,
    coolDown: (mailbox, remaining) => marks.add({ text: keyOf(mailbox), remaining }),
    listen: ({ take, held }) =>
      marks.hold({
        take: ({ text, remaining }) => {
          if (text.startsWith(prefix)) take(text.slice(prefix.length), remaining);
        },
        *held() {
          for (const [mailbox, remaining] of held()) yield { text: keyOf(mailbox), remaining };
        },
      }),
  };
}
