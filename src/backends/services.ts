/** Which services a setting stands for. */
import type { BackendName, CallerConfig, RegistrationConfig } from '../config/types.ts';
import type { ServiceName } from './backend.ts';

/** The services that answer by a setting, or may do so some day. */
export function servicesOf(
  backend: BackendName,
  { graphOrigin }: Pick<RegistrationConfig, 'graphOrigin'>,
): readonly ServiceName[] {
  if (backend !== 'auto') return [backend];
  return graphOrigin === undefined ? ['ews'] : ['ews', 'graph'];
}

/** The services that callers of one registration are answered by; its own where there is no caller. */
export function servicesOfCallers(
  registration: RegistrationConfig,
  callers: readonly CallerConfig[],
): ReadonlySet<ServiceName> {
  const used =
    callers.length === 0 ? [registration.backend] : callers.map((one) => one.backend ?? registration.backend);
  return new Set(used.flatMap((name) => servicesOf(name, registration)));
}
