/** The tokens of one registration for one audience: the app's own, or one for each mailbox that signed in. */
import { GatewayError } from '../errors.ts';
import type { FetchToken } from './entra-client.ts';
import { TokenSource, type TokenEvent } from './token-source.ts';

export interface TokenSetOptions {
  /** Makes what fetches the token of a mailbox; '' is the app itself. */
  readonly fetcher: (mailbox: string) => FetchToken;
  /** Whether each mailbox has a token of its own (delegated sign-in). */
  readonly perMailbox: boolean;
  /** Mailboxes whose tokens are obtained ahead; of no use where the app has one token for all. */
  readonly mailboxes: readonly string[];
  /** Notified of each fetch; `mailbox` is '' for the app's own token. */
  readonly onEvent: (mailbox: string, event: TokenEvent) => void;
  /** Frees what the fetchers use. */
  readonly onClose: () => Promise<void>;
}

/** A token that is needed, and how it stands. */
export interface TokenState {
  /** '' for the app's own token. */
  readonly mailbox: string;
  /** Milliseconds since the epoch; undefined where there is no token. */
  readonly expiresAt: number | undefined;
  readonly problem: string | undefined;
  /** Why requests are served all the same, where they are: in a few words. */
  readonly spare?: string;
}

export class TokenSet {
  readonly #options: TokenSetOptions;
  readonly #sources = new Map<string, TokenSource>();
  /** Names of the mailboxes in {@link status} and {@link ready}. */
  readonly #needed: readonly string[];

  constructor(options: TokenSetOptions) {
    this.#options = options;
    this.#needed = options.perMailbox ? options.mailboxes : [''];
  }

  /** The source of the token with which a mailbox is reached. */
  for(mailbox: string): TokenSource {
    const { perMailbox, fetcher, onEvent } = this.#options;
    const name = perMailbox ? mailbox : '';
    const key = name.toLowerCase();
    let source = this.#sources.get(key);
    if (source === undefined) {
      source = new TokenSource(fetcher(name), (event) => onEvent(key, event));
      this.#sources.set(key, source);
    }
    return source;
  }

  /** Obtains every token that is needed. Never rejects. */
  ready(): Promise<TokenState[]> {
    return Promise.all(
      this.#needed.map(async (mailbox) => {
        try {
          const { expiresAt } = await this.for(mailbox).get();
          return { mailbox, expiresAt, problem: undefined };
        } catch (error) {
          return { mailbox, expiresAt: undefined, problem: GatewayError.from(error).message };
        }
      }),
    );
  }

  /** How the tokens stand, without asking for any. */
  status(): TokenState[] {
    return this.#needed.map((mailbox) => {
      const { expiresAt, lastError } = this.for(mailbox).status();
      return { mailbox, expiresAt, problem: lastError?.message };
    });
  }

  async close(): Promise<void> {
    for (const source of this.#sources.values()) source.close();
    await this.#options.onClose();
  }
}
