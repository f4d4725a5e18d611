/** Who is answered by what. */
import type { ServiceName } from '../../backends/backend.ts';
import { servicesOf, servicesOfCallers } from '../../backends/services.ts';
import { callersOf } from '../../callers/mailboxes.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../../config/types.ts';

/** The callers of a registration that a service answers, or may answer some day. */
export function callersOn(service: ServiceName, config: Config, registration: RegistrationConfig): CallerConfig[] {
  return callersOf(config, registration).filter(({ backend }) =>
    servicesOf(backend ?? registration.backend, registration).includes(service),
  );
}

/** The services that answer a registration's callers, or may do so some day; its own where it has no caller. */
export function servicesInUse(registration: RegistrationConfig, config: Config): ReadonlySet<ServiceName> {
  return servicesOfCallers(registration, callersOf(config, registration));
}
