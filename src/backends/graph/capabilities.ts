/**
 * What Microsoft Graph can do, by cloud, and where sources leave it open.
 *
 * A cloud's column comes from the differences of the clouds' public metadata (v1.0, August 2026); what metadata lacks
 * may be there all the same, so that each entry can be set in the configuration or measured (probe).
 *
 * @see https://learn.microsoft.com/graph/deployments
 * @see https://github.com/microsoftgraph/msgraph-metadata
 */
import type { CloudName } from '../../clouds.ts';
import type { GraphCapabilities } from '../../config/types.ts';

export type Capabilities = GraphCapabilities;

export type CapabilityOverrides = Partial<Capabilities>;

const GLOBAL: Capabilities = {
  permanentDelete: true,
  uploadSessions: true,
  delta: true,
  hiddenFolders: true,
  flag: true,
  internetMessageHeaders: true,
  conversationIndex: true,
  folderExtendedProperties: true,
  selectContentId: true,
  // Undocumented for mail: the gateway compares change keys itself.
  ifMatch: false,
  callsAtATime: 4,
  mimeBytes: 2_200_000,
};

const LACKING: Readonly<Record<CloudName, CapabilityOverrides>> = {
  global: {},
  gcchigh: { permanentDelete: false, uploadSessions: false, hiddenFolders: false, conversationIndex: false },
  dod: { permanentDelete: false, uploadSessions: false, hiddenFolders: false, conversationIndex: false },
  china: {
    permanentDelete: false,
    delta: false,
    flag: false,
    internetMessageHeaders: false,
    conversationIndex: false,
    folderExtendedProperties: false,
  },
  custom: {},
};

/** @param known what was set in the configuration or measured for the tenant: it wins over the cloud's column */
export function capabilitiesOf(cloud: CloudName, known: CapabilityOverrides = {}): Capabilities {
  return { ...GLOBAL, ...LACKING[cloud], ...known };
}
