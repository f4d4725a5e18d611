/** Collects what is wrong with a configuration file, each with file, line and column. */
import { LineCounter, parseDocument, isMap, isScalar, type Document, type Node } from 'yaml';
import { excerpt } from './excerpt.ts';
import { explainSyntaxError, unlikelyValues, type Mistake } from './yaml-mistakes.ts';

/** A place in the configuration: keys and list indices from the top. */
export type ConfigPath = readonly (string | number)[];

/** All problems of one configuration; the message has one line for each, and more where one is shown. */
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
  /** As written, without any default. */
  readonly value: unknown;
  readonly #document: Document;
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #problems: (Mistake & { readonly shown: boolean })[] = [];

  /** @throws ConfigError where the text is not YAML (or JSON), or holds nothing */
  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
    // What follows the first mistake is mostly its consequence.
    const [error] = this.#document.errors;
    const mistakes = error === undefined ? unlikelyValues(this.#document, text) : [explainSyntaxError(error, text)];
    for (const mistake of mistakes) this.#problems.push({ ...mistake, shown: true });
    this.throwIfAny();
    this.value = this.#document.toJS({ maxAliasCount: 100 });
    if (this.value == null)
      throw new ConfigError([`${file}: holds no settings. Make a new one with: ews-gateway init --force`]);
  }

  /** Whether a setting stands in the file, and not only its default. */
  isWritten(path: ConfigPath): boolean {
    return this.#document.hasIn(path);
  }

  /** Notes a problem at a place; with `atKey` the position is the key's, not the value's. */
  report(path: ConfigPath, text: string, atKey = false): void {
    const where = nameOf(path);
    this.#problems.push({
      offset: this.#offsetOf(path, atKey),
      text: where === '' ? text : `${where}: ${text}`,
      shown: false,
    });
  }

  get problemCount(): number {
    return this.#problems.length;
  }

  /** @throws ConfigError with everything reported so far, in the order of the file */
  throwIfAny(): void {
    if (this.#problems.length === 0) return;
    const sorted = this.#problems.toSorted((a, b) => a.offset - b.offset);
    throw new ConfigError([...new Set(sorted.map((problem) => this.#placed(problem)))]);
  }

  #placed({ offset, text, shown }: Mistake & { readonly shown: boolean }): string {
    const { line, col } = this.#lines.linePos(offset);
    const placed = `${this.file}:${line}:${col}: ${text}`;
    if (!shown) return placed;
    const start = offset - (col - 1);
    const end = this.#text.indexOf('\n', start);
    return `${placed}\n${excerpt(this.#text.slice(start, end === -1 ? undefined : end).replace(/\r$/, ''), col)}`;
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

/** `registrations.contoso.tenantId`, `callers[0].from[1]` */
function nameOf(path: ConfigPath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}
