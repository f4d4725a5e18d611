/** With `backend: auto` one of the two services is enough: what fails of the other is a warning. */
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

/** What fails of the service that is not needed. @param prefix what that means, in a few words */
export function asWarning(line: CheckLine, prefix: string): CheckLine {
  return line.level === 'bad' ? { ...line, level: 'warn', text: `${prefix}: ${line.text}` } : line;
}

function fails(lines: readonly CheckLine[]): boolean {
  return lines.some(({ level }) => level === 'bad');
}

/** Whether every caller of a registration is answered by either service (`backend: auto`). */
export function goesOver({ name, backend, graphOrigin }: RegistrationConfig, { callers }: Config): boolean {
  const own = callers.filter(({ registration }) => registration === name);
  return graphOrigin !== undefined && own.every((caller) => (caller.backend ?? backend) === 'auto');
}
