/** The addresses that one side of the gateway listens on, clients' or administrators'. */
import type { Limits, ListenerConfig } from '../config/types.ts';
import { Listener, type ListenerEnvironment, type RequestHandler } from '../http/listener.ts';

/** Other addresses: the new ones are open, and the old ones still are, until one of the two is called. */
export interface ListenerChange {
  /** Gives those that stay their certificates of now. @returns what closes those that do not */
  readonly apply: () => (grace: number) => Promise<boolean>;
  readonly undo: () => Promise<boolean>;
}

export class ListenerSet {
  readonly #handler: RequestHandler;
  readonly #environment: Omit<ListenerEnvironment, 'limits'>;
  #listeners: readonly Listener[] = [];

  constructor(handler: RequestHandler, environment: Omit<ListenerEnvironment, 'limits'>) {
    this.#handler = handler;
    this.#environment = environment;
  }

  /** Addresses with the ports really listened on. */
  get urls(): string[] {
    return this.#listeners.map(urlOf);
  }

  /** Opens what is new of these addresses. @throws Error where one cannot be opened; none of them is open then */
  async prepare(configs: readonly ListenerConfig[], limits: Limits): Promise<ListenerChange> {
    const wantedAt = (url: string): ListenerConfig | undefined => configs.find((wanted) => wanted.url === url);
    const kept = this.#listeners.filter(({ config }) => wantedAt(config.url) !== undefined);
    const added = configs.filter(({ url }) => !kept.some(({ config }) => config.url === url));
    const opened = await this.#open(added, limits);
    return {
      apply: () => {
        for (const listener of kept) listener.renew(wantedAt(listener.config.url)?.tls);
        const dropped = this.#listeners.filter((listener) => !kept.includes(listener));
        this.#listeners = [...kept, ...opened];
        return (grace) => closeAll(dropped, grace);
      },
      undo: () => closeAll(opened, 0),
    };
  }

  /** @param grace milliseconds until requests are cut @returns whether all of them have ended before */
  close(grace: number): Promise<boolean> {
    return closeAll(this.#listeners, grace);
  }

  async #open(configs: readonly ListenerConfig[], limits: Limits): Promise<Listener[]> {
    const environment = { ...this.#environment, limits };
    const listeners = configs.map((config) => new Listener(config, environment, this.#handler));
    const results = await Promise.allSettled(listeners.map((listener) => listener.open()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await closeAll(listeners, 0);
      throw failed.reason;
    }
    return listeners;
  }
}

async function closeAll(listeners: readonly Listener[], grace: number): Promise<boolean> {
  const clean = await Promise.all(listeners.map((listener) => listener.close(grace)));
  return !clean.includes(false);
}

function urlOf(listener: Listener): string {
  const { tls, host } = listener.config;
  return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${listener.port}`;
}
