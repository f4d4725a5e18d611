/** Enrolments that are really kept, for one test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { Enrolments } from '../../src/callers/enrolments.ts';
import type { Share } from '../../src/state/sharing.ts';

/** @param share with other gateways; default: with none */
export function enrolmentsIn(t: Test, share?: Share): Enrolments {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-enrolments-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return new Enrolments(join(folder, 'state.json'), share);
}
