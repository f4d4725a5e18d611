/** The spools that are made for one request, which all end with it. */
import type { SpooledContent, SpoolFactory, SpoolWriter } from './spool.ts';

export class RequestSpools implements SpoolFactory {
  readonly #factory: SpoolFactory;
  readonly #made = new Set<{ dispose(): void }>();

  constructor(factory: SpoolFactory) {
    this.#factory = factory;
  }

  create(): SpoolWriter {
    const writer = this.#factory.create();
    this.#made.add(writer);
    return {
      write: (bytes) => writer.write(bytes),
      finish: (): SpooledContent => {
        const content = writer.finish();
        this.#made.delete(writer);
        this.#made.add(content);
        return content;
      },
      dispose: () => writer.dispose(),
    };
  }

  /** Gives the room of all of them back. */
  dispose(): void {
    for (const spool of this.#made) spool.dispose();
    this.#made.clear();
  }
}
