/** Whether the gateway could serve requests now: a token can be had for each registration. */
import { GatewayError } from '../errors.ts';
import type { Runtime } from './runtime.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly closing: boolean;
  readonly registrations: Readonly<Record<string, { readonly ready: boolean; readonly tokenExpiresAt?: string; readonly problem?: string }>>;
}

export async function readiness(runtime: Runtime, closing: boolean): Promise<Readiness> {
  const entries = await Promise.all(
    [...runtime.registrations].map(async ([name, { tokens }]) => {
      try {
        const { expiresAt } = await tokens.get();
        return [name, { ready: true, tokenExpiresAt: new Date(expiresAt).toISOString() }] as const;
      } catch (error) {
        return [name, { ready: false, problem: GatewayError.from(error).message }] as const;
      }
    }),
  );
  return { ready: !closing && entries.every(([, { ready }]) => ready), closing, registrations: Object.fromEntries(entries) };
}
