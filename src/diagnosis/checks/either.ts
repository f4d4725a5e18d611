/** With `backend: auto` one of the two services is enough: what fails of the other is a warning. */
import type { ServiceName } from '../../backends/backend.ts';
import { callersOf } from '../../callers/mailboxes.ts';
import type { Config, RegistrationConfig } from '../../config/types.ts';
import type { CheckLine } from '../check-line.ts';

/**
 * @param ews what was found of EWS
 * @param graph the same of Microsoft Graph
 * @returns all lines; those of the service that fails are warnings where every caller goes over to the other
 */
export function eitherSuffices(
  registration: RegistrationConfig,
  config: Config,
  ews: readonly CheckLine[],
  graph: readonly CheckLine[],
): CheckLine[] {
  if (!goesOver(registration, config) || (fails(ews) && fails(graph))) return [...ews, ...graph];
  return [
    ...ews.map((line) => asWarning(line, 'Microsoft Graph takes over')),
    ...graph.map((line) => asWarning(line, 'Microsoft Graph could not take over')),
  ];
}

/** So close to the end of EWS, in days, Graph has to be reachable. */
const NEAR = 30;

/**
 * What it means that a service cannot be reached, where the other one answers in its place. Before its end it is EWS
 * that answers, and a missing connection is no reason to go over to Graph.
 *
 * @param daysLeft until EWS ends; undefined where it does not
 * @returns a few words for each service that is not needed now; the others are missed
 */
export function whileOtherAnswers(daysLeft = Number.POSITIVE_INFINITY): Readonly<Partial<Record<ServiceName, string>>> {
  if (daysLeft <= 0) return { ews: 'Microsoft Graph takes over' };
  return daysLeft > NEAR ? { graph: 'Microsoft Graph could not take over' } : {};
}

/** What fails of the service that is not needed. @param prefix what that means, in a few words */
export function asWarning(line: CheckLine, prefix: string): CheckLine {
  return line.level === 'bad' ? { ...line, level: 'warn', text: `${prefix}: ${line.text}` } : line;
}

function fails(lines: readonly CheckLine[]): boolean {
  return lines.some(({ level }) => level === 'bad');
}

/** Whether every caller of a registration is answered by either service (`backend: auto`). */
export function goesOver(registration: RegistrationConfig, config: Config): boolean {
  const { backend, graphOrigin } = registration;
  const own = callersOf(config, registration);
  return graphOrigin !== undefined && own.every((caller) => (caller.backend ?? backend) === 'auto');
}
