/** Collects what is wrong with a configuration file, each with file, line and column. */
import { LineCounter, parseDocument, isMap, isScalar, type Document, type Node } from 'yaml';

/** A place in the configuration: keys and list indices from the top. */
export type ConfigPath = readonly (string | number)[];

/** All problems of one configuration; the message has one line for each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export class ConfigDocument {
  readonly file: string;
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines = new LineCounter();
  readonly #problems: { readonly offset: number; readonly text: string }[] = [];

  /** @throws ConfigError where the text is not YAML (or JSON) */
  constructor(file: string, text: string) {
    this.file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
    for (const error of this.#document.errors) this.#problems.push({ offset: error.pos[0], text: error.message });
    this.throwIfAny();
    this.value = this.#document.toJS({ maxAliasCount: 100 }) ?? {};
  }

  /** Notes a problem at a place; with `atKey` the position is the key's, not the value's. */
  report(path: ConfigPath, text: string, atKey = false): void {
    const where = path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
      .join('')
      .replace(/^\./, '');
    this.#problems.push({ offset: this.#offsetOf(path, atKey), text: where === '' ? text : `${where}: ${text}` });
  }

  get problemCount(): number {
    return this.#problems.length;
  }

  /** @throws ConfigError with everything reported so far, in the order of the file */
  throwIfAny(): void {
    if (this.#problems.length === 0) return;
    const sorted = this.#problems.toSorted((a, b) => a.offset - b.offset);
    throw new ConfigError([
      ...new Set(
        sorted.map(({ offset, text }) => {
          const { line, col } = this.#lines.linePos(offset);
          return `${this.file}:${line}:${col}: ${text}`;
        }),
      ),
    ]);
  }

  #offsetOf(path: ConfigPath, atKey: boolean): number {
    for (let length = path.length; length >= 0; length--) {
      const steps = path.slice(0, length);
      const node = length === 0 ? this.#document.contents : (this.#document.getIn(steps, true) as Node | undefined);
      if (atKey || length < path.length) {
        const parent = this.#document.getIn(steps.slice(0, -1), true);
        const key = isMap(parent)
          ? parent.items.find(({ key }) => isScalar(key) && key.value === steps.at(-1))?.key
          : undefined;
        if (isScalar(key) && key.range != null) return key.range[0];
      }
      if (node?.range != null) return node.range[0];
    }
    return 0;
  }
}
