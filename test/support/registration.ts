/** The registration of a configuration whose endpoints are a simulator's, as lines of YAML. */
import type { Simulator } from '../../src/simulator/simulator.ts';
import { CLIENT, TENANT } from './stack.ts';

/** @param settings more of it, each a line such as `backend: auto` */
export function simulatedRegistration(
  { entra, exchange, graph }: Simulator,
  settings: readonly string[] = [],
): readonly string[] {
  return [
    'registrations:',
    '  contoso:',
    ...settings.map((setting) => `    ${setting}`),
    `    tenantId: ${TENANT}`,
    `    clientId: ${CLIENT}`,
    '    credential: { secret: { env: SECRET } }',
    '    cloud: custom',
    '    endpoints:',
    `      login: "${entra.origin}"`,
    `      ews: "${exchange.url}"`,
    `      graph: "${graph.origin}"`,
  ];
}
