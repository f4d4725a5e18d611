/**
 * Addresses of Microsoft's national clouds. GCC (moderate) uses the global ones.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
 * @see https://learn.microsoft.com/microsoft-365/enterprise/microsoft-365-endpoints
 * @see https://learn.microsoft.com/graph/deployments
 */
const CLOUDS = {
  global: {
    login: 'https://login.microsoftonline.com',
    ews: 'https://outlook.office365.com/EWS/Exchange.asmx',
    graph: 'https://graph.microsoft.com',
    // Documented for this cloud alone: https://learn.microsoft.com/graph/outlook-large-attachments
    uploads: 'https://outlook.office.com',
  },
  gcchigh: {
    login: 'https://login.microsoftonline.us',
    ews: 'https://outlook.office365.us/EWS/Exchange.asmx',
    graph: 'https://graph.microsoft.us',
  },
  dod: {
    login: 'https://login.microsoftonline.us',
    ews: 'https://outlook-dod.office365.us/EWS/Exchange.asmx',
    graph: 'https://dod-graph.microsoft.us',
  },
  china: {
    login: 'https://login.partner.microsoftonline.cn',
    ews: 'https://partner.outlook.cn/EWS/Exchange.asmx',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
  },
} as const;

export type CloudName = keyof typeof CLOUDS | 'custom';

/** The cloud's addresses; undefined for `custom`, which has none of its own. */
export function cloudEndpoints(
  cloud: CloudName,
): { readonly login: string; readonly ews: string; readonly graph: string; readonly uploads?: string } | undefined {
  return cloud === 'custom' ? undefined : CLOUDS[cloud];
}

/** Whether an EWS address is Exchange Online's, in any cloud. */
export function isExchangeOnline(ewsUrl: string): boolean {
  const host = URL.parse(ewsUrl)?.hostname;
  return ['outlook.office.com', ...Object.values(CLOUDS).map(({ ews }) => new URL(ews).hostname)].includes(host ?? '');
}
