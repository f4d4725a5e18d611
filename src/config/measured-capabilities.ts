/**
 * What `ews-gateway probe-graph` has measured of Microsoft Graph, by tenant. It counts less than the configuration
 * and more than what is known of the cloud. A file that is not usable is left out with a warning.
 */
import { dirname, join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { problemsOf, textOf } from './added-callers.ts';
import { fingerprintSync } from './fingerprint.ts';
import type { Sources } from './sources.ts';
import type { MeasuredCapabilities } from './types.ts';

const FILE_NAME = 'graph-capabilities.json';
const closed = { additionalProperties: false } as const;
const measured = Type.Optional(Type.Boolean());

/** Those that a probe can measure. */
const Capabilities = Type.Object(
  {
    permanentDelete: measured,
    uploadSessions: measured,
    delta: measured,
    hiddenFolders: measured,
    flag: measured,
    internetMessageHeaders: measured,
    conversationIndex: measured,
    folderExtendedProperties: measured,
    selectContentId: measured,
    ifMatch: measured,
    deletedMessagesRecoverable: measured,
    deletedFoldersRecoverable: measured,
    receivedExtendedProperties: measured,
    removableProperties: measured,
    receiptsCanBeWithdrawn: measured,
    queriesByCreation: measured,
    mimeBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_000_000 })),
  },
  closed,
);
const MeasuredFile = Type.Object(
  {
    version: Type.Literal(1),
    tenants: Type.Record(
      Type.String({ minLength: 1, maxLength: 200 }),
      Type.Object({ time: Type.String(), capabilities: Capabilities }, closed),
    ),
  },
  closed,
);

type MeasuredFile = Static<typeof MeasuredFile>;

/** Where they are kept: beside the state file. */
export function measuredCapabilitiesFile(stateFile: string): string {
  return join(dirname(stateFile), FILE_NAME);
}

/** By tenant; none where there is no usable file. A change of the file is a change of the configuration. */
export function readMeasuredCapabilities(
  sources: Sources,
  stateFile: string,
): (tenantId: string) => MeasuredCapabilities {
  const file = measuredCapabilitiesFile(stateFile);
  sources.files.set(file, fingerprintSync(file));
  let tenants: MeasuredFile['tenants'] = {};
  try {
    tenants = parse(file, textOf(file)).tenants;
  } catch (error) {
    sources.warnings.push(
      `What was measured of Microsoft Graph is left out, since its file is not usable: ${problemsOf(error)}. ` +
        'Remove it, and run ews-gateway probe-graph again.',
    );
  }
  return (tenantId) => (Object.hasOwn(tenants, tenantId) ? (tenants[tenantId]?.capabilities ?? {}) : {});
}

/**
 * @param text of the file so far, undefined where there is none
 * @returns its new text, with what was measured of a tenant
 * @throws Error where the old text is not usable
 */
export function withMeasured(
  file: string,
  text: string | undefined,
  tenantId: string,
  capabilities: MeasuredCapabilities,
  time: Date,
): string {
  const { tenants } = parse(file, text);
  const next: MeasuredFile = {
    version: 1,
    tenants: { ...tenants, [tenantId]: { time: time.toISOString(), capabilities } },
  };
  return `${JSON.stringify(next, null, 2)}\n`;
}

function parse(file: string, text: string | undefined): MeasuredFile {
  if (text === undefined) return { version: 1, tenants: {} };
  const value: unknown = JSON.parse(text);
  if (!Value.Check(MeasuredFile, value)) throw new Error(`${file} does not hold what was measured of Microsoft Graph`);
  return value;
}
