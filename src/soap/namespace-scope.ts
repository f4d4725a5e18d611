/**
 * Which namespace a prefix stands for, element by element. Declarations are parsed when somebody
 * asks, and what was found is remembered on every level, so that deep nesting costs nothing twice.
 *
 * @see https://www.w3.org/TR/xml-names/
 */
import { malformed } from './malformed.ts';
import { assertDeclarable, type Attribute, type Binding } from './tokenizer.ts';

export class NamespaceScope {
  readonly #parent: NamespaceScope | undefined;
  readonly #attributes: () => readonly Attribute[];
  #known: Map<string, string> | undefined;

  private constructor(parent: NamespaceScope | undefined, attributes: () => readonly Attribute[]) {
    this.#parent = parent;
    this.#attributes = attributes;
  }

  /** @param bindings in scope at some place, inner ones behind outer ones; that of `xml` is among them */
  static of(bindings: readonly Binding[]): NamespaceScope {
    const scope = new NamespaceScope(undefined, () => []);
    scope.#known = new Map(bindings.map(({ prefix, namespace }) => [prefix, namespace]));
    return scope;
  }

  /** The scope of an element with these attributes, which are read at the first question. */
  inside(attributes: () => readonly Attribute[]): NamespaceScope {
    return new NamespaceScope(this, attributes);
  }

  /** @throws GatewayError ENVELOPE_MALFORMED where the prefix is not declared */
  resolve(prefix: string): string {
    const namespace = this.#lookUp(prefix);
    if (namespace !== undefined) return namespace;
    if (prefix === '') return '';
    throw malformed(`the namespace prefix "${prefix.slice(0, 100)}" is not declared`);
  }

  #lookUp(prefix: string): string | undefined {
    this.#known ??= declared(this.#attributes());
    const own = this.#known.get(prefix);
    if (own !== undefined || this.#parent === undefined) return own;
    const inherited = this.#parent.#lookUp(prefix);
    if (inherited !== undefined) this.#known.set(prefix, inherited);
    return inherited;
  }
}

function declared(attributes: readonly Attribute[]): Map<string, string> {
  const bindings = new Map<string, string>();
  for (const { name, value } of attributes) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
    const prefix = name.slice(6);
    assertDeclarable(prefix, value);
    bindings.set(prefix, value);
  }
  return bindings;
}
