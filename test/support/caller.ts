import type { CallerConfig } from '../../src/config/types.ts';
import { ALICE } from './stack.ts';

/** A caller of the configuration: Alice, who opens her own mailbox only, with what is said of her besides. */
export function callerOf(more: Partial<CallerConfig> = {}): CallerConfig {
  return {
    username: ALICE,
    passwordHash: undefined,
    domainPasswords: undefined,
    mailbox: ALICE,
    registration: 'contoso',
    backend: undefined,
    mayImpersonate: [],
    from: undefined,
    operations: new Set(),
    operationsSetting: 'capture',
    ...more,
  };
}
