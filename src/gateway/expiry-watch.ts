/** Warns of secrets and certificates that are about to end, 30, 14, 7 and 1 days ahead. */
import type { Logger } from 'pino';
import { count } from '../quantity.ts';
import { DAY } from '../days.ts';
import type { Config, RegistrationConfig } from '../config/types.ts';
import type { Metrics } from '../telemetry/metrics.ts';

const WARNING_DAYS: readonly number[] = [1, 7, 14, 30];
const INTERVAL = 3_600_000;

export class ExpiryWatch {
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #config: () => Config;
  readonly #now: () => number;
  /** The threshold that was warned about last, by registration and end. */
  readonly #warned = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: {
    readonly log: Logger;
    readonly metrics: Metrics;
    readonly config: () => Config;
    readonly now?: () => number;
  }) {
    this.#log = options.log;
    this.#metrics = options.metrics;
    this.#config = options.config;
    this.#now = options.now ?? Date.now;
    this.#timer = setInterval(() => this.look(), INTERVAL).unref();
  }

  /** Looks at all registrations and listeners; each threshold is warned about once. */
  look(): void {
    const { registrations, listeners, admin } = this.#config();
    for (const registration of registrations.values()) {
      const end = registration.credential.notAfter;
      if (end === undefined) continue;
      this.#metrics.credentialEnds(registration.name, end);
      this.#warn({ registration: registration.name }, end, (days) => textOf(registration, days));
    }
    for (const { url, tls } of [...listeners, admin]) {
      if (tls?.notAfter !== undefined)
        this.#warn(
          { listener: url },
          tls.notAfter,
          (days) =>
            `the certificate of ${url} ${whenOf(days)}. Put a new one into ${tls.file}; it is used ` +
            `without a restart.`,
        );
    }
  }

  #warn(about: Readonly<Record<string, string>>, end: Date, text: (days: number) => string): void {
    const days = (end.getTime() - this.#now()) / DAY;
    const threshold = days <= 0 ? 0 : WARNING_DAYS.find((limit) => days <= limit);
    const key = `${Object.values(about).join()} ${end.getTime()}`;
    if (threshold === undefined || this.#warned.get(key) === threshold) return;
    this.#warned.set(key, threshold);
    this.#log.warn({ ...about, ends: end.toISOString() }, text(Math.floor(days)));
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function textOf({ name, clientId, credential }: RegistrationConfig, days: number): string {
  const what = credential.kind === 'secret' ? 'client secret' : 'certificate';
  const remedy =
    credential.kind === 'secret'
      ? `Create a new one for app ${clientId}, put it into nextSecret, and make it secret once the old one has expired.`
      : `Upload a new one to app ${clientId}, then replace the file.`;
  return `the ${what} of registration '${name}' ${whenOf(days)}. ${remedy}`;
}

function whenOf(days: number): string {
  return days < 0 ? 'has expired' : days === 0 ? 'expires within a day' : `expires in ${count(days, 'day')}`;
}
