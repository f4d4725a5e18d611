/**
 * Notices when one of the files a configuration was read from has changed since.
 *
 * Looks at them every second, and sooner where one has changed: unlike change notifications this also
 * sees network shares, files replaced by renaming, and Kubernetes' symbolic links. A change counts once it has
 * lasted from one look to the next, so that a file that is just being written is not read.
 */
import type { Config } from '../config/types.ts';
import { fingerprint } from '../config/fingerprint.ts';

const INTERVAL = 1_000;
/** How long a change must last to count, in milliseconds. */
const SETTLING = 250;

export class ConfigFilesWatcher {
  readonly #onChange: () => void;
  readonly #timer: NodeJS.Timeout;
  #known: ReadonlyMap<string, string>;
  #seen: ReadonlyMap<string, string>;
  #looking = false;
  #settling: NodeJS.Timeout | undefined;

  /**
   * @param files and what they looked like when they were read
   * @param onChange called once for each lasting change
   * @param interval between two looks, in milliseconds
   */
  constructor(files: Config['filesRead'], onChange: () => void, interval = INTERVAL) {
    this.#known = files;
    this.#seen = files;
    this.#onChange = onChange;
    this.#timer = setInterval(() => void this.#look(), interval);
  }

  /** Goes on with the files of another configuration. */
  replace(files: Config['filesRead']): void {
    this.#known = files;
    this.#seen = files;
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#settling);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const before = this.#known;
    const now = new Map(
      await Promise.all([...before.keys()].map(async (path) => [path, await fingerprint(path)] as const)),
    );
    this.#looking = false;
    if (this.#known !== before) return;
    const lasting = sameEntries(now, this.#seen);
    this.#seen = now;
    if (sameEntries(now, before)) return;
    if (!lasting) {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => void this.#look(), SETTLING);
      return;
    }
    this.#known = now;
    this.#onChange();
  }
}

function sameEntries(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}
