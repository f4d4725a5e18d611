/**
 * What Microsoft Graph can do, by cloud, and where sources leave it open.
 *
 * A cloud's column comes from the differences of the clouds' public metadata (v1.0, August 2026); what metadata lacks
 * may be there all the same, so that each entry can be set in the configuration or measured (probe). Personal accounts
 * have a column of their own: from the permission tables of the reference, and where DELETE leaves a message from
 * public reports (outlook-assistant#218).
 *
 * @see https://learn.microsoft.com/graph/deployments
 * @see https://github.com/microsoftgraph/msgraph-metadata
 */
import type { CloudName } from '../../clouds.ts';
import { isPersonal, type GraphCapabilities, type RegistrationConfig } from '../../config/types.ts';

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
  // Undocumented: on work mailboxes it has been found in the recoverable items.
  deletedMessagesRecoverable: true,
  // Reported for personal accounts (outlook-assistant#218), and inferred for others.
  deletedFoldersRecoverable: false,
  receivedExtendedProperties: true,
  removableProperties: true,
  // A guess that nobody has tried: only what was measured counts.
  receiptsCanBeWithdrawn: false,
  // As other dates, which no page says.
  queriesByCreation: true,
  directory: true,
  schedules: true,
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

const PERSONAL: CapabilityOverrides = { deletedMessagesRecoverable: false, directory: false, schedules: false };

/** What was set in the configuration or measured for the tenant wins over the columns of cloud and kind of account. */
export function capabilitiesOf(
  registration: Pick<RegistrationConfig, 'cloud' | 'tenantId'> & {
    readonly graph: Pick<RegistrationConfig['graph'], 'capabilities'>;
  },
): Capabilities {
  const personal = isPersonal(registration) ? PERSONAL : {};
  return { ...GLOBAL, ...LACKING[registration.cloud as CloudName], ...personal, ...registration.graph.capabilities };
}
