/** Whether the gateway could serve requests now: a token can be had for each registration. */
import { GatewayError } from '../errors.ts';
import type { Runtime } from './runtime.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly closing: boolean;
  readonly registrations: Readonly<
    Record<string, { readonly ready: boolean; readonly tokenExpiresAt?: string; readonly problem?: string }>
  >;
}

export async function readiness(runtime: Runtime, closing: boolean): Promise<Readiness> {
  const entries = await Promise.all(
    [...runtime.registrations].map(async ([name, { required }]) => {
      const ends: number[] = [];
      const problems: string[] = [];
      for (const tokens of required.values()) {
        try {
          ends.push((await tokens.get()).expiresAt);
        } catch (error) {
          problems.push(GatewayError.from(error).message);
        }
      }
      if (problems.length > 0) return [name, { ready: false, problem: problems.join(' ') }] as const;
      return [
        name,
        { ready: true, ...(ends.length === 0 ? {} : { tokenExpiresAt: new Date(Math.min(...ends)).toISOString() }) },
      ] as const;
    }),
  );
  return {
    ready: !closing && entries.every(([, { ready }]) => ready),
    closing,
    registrations: Object.fromEntries(entries),
  };
}
