/** Sends sign-ins that fail, so many a second, until it is stopped. */
import { Agent, request } from 'undici';

const INTERVAL = 20;
const CONNECTIONS = 64;

export interface FloodOptions {
  /** Addresses of this machine it comes from, in turns; default: whichever the system takes. */
  readonly from?: readonly string[];
  /** Names that exist, in turns. */
  readonly names?: readonly string[];
  /** Default: 500. */
  readonly perSecond?: number;
}

export class Flood {
  readonly #agents: readonly Agent[];
  readonly #names: readonly string[];
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  /** Refused with 401. */
  answered = 0;
  /** Told to come back. */
  turnedAway = 0;

  /** @param url of the gateway's EWS endpoint */
  constructor(url: string, { from = [], names = ['small@contoso.test'], perSecond = 500 }: FloodOptions = {}) {
    this.#names = names;
    this.#agents =
      from.length === 0
        ? [new Agent({ connections: CONNECTIONS })]
        : from.map((localAddress) => new Agent({ connections: CONNECTIONS, localAddress }));
    this.#timer = setInterval(() => {
      for (let count = 0; count < (perSecond * INTERVAL) / 1000; count++) void this.#try(url);
    }, INTERVAL);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#agents.map((agent) => agent.destroy()));
  }

  /** Half of them for names that exist, half for names that do not. */
  async #try(url: string): Promise<void> {
    const count = this.#sent++;
    const name = count % 2 === 0 ? this.#names[(count / 2) % this.#names.length] : `nobody-${count}`;
    const dispatcher = this.#agents[count % this.#agents.length];
    try {
      const response = await request(url, {
        method: 'POST',
        ...(dispatcher === undefined ? {} : { dispatcher }),
        headers: {
          'content-type': 'text/xml',
          'authorization': `Basic ${Buffer.from(`${name}:wrong-${count}`).toString('base64')}`,
        },
        body: '<x/>',
      });
      await response.body.dump();
      if (response.statusCode === 401) this.answered++;
      else this.turnedAway++;
    } catch {
      // stopped meanwhile
    }
  }
}
