/** Sends sign-ins that fail, so many a second, until it is stopped. */
import { Agent, request } from 'undici';

const PER_SECOND = 500;
const INTERVAL = 20;

export class Flood {
  readonly #agent = new Agent({ connections: 64 });
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  answered = 0;

  /** @param url of the gateway's EWS endpoint */
  constructor(url: string) {
    this.#timer = setInterval(() => {
      for (let count = 0; count < (PER_SECOND * INTERVAL) / 1000; count++) void this.#try(url);
    }, INTERVAL);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#agent.destroy();
  }

  /** Half of them for the caller that works, half for names that do not exist. */
  async #try(url: string): Promise<void> {
    const count = this.#sent++;
    const credentials = `${count % 2 === 0 ? 'small@contoso.test' : `nobody-${count}`}:wrong-${count}`;
    try {
      const response = await request(url, {
        method: 'POST',
        dispatcher: this.#agent,
        headers: {
          'content-type': 'text/xml',
          'authorization': `Basic ${Buffer.from(credentials).toString('base64')}`,
        },
        body: '<x/>',
      });
      await response.body.dump();
      if (response.statusCode === 401) this.answered++;
    } catch {
      // stopped meanwhile
    }
  }
}
