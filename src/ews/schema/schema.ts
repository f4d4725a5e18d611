/**
 * The schemas of EWS, made of their nodes as they are needed: elements with their types, content models, attributes.
 * Of XML Schema it knows what messages.xsd and types.xsd use.
 *
 * @see https://www.w3.org/TR/xmlschema-1/
 */
import type { SchemaNode, SchemaTree } from './schema-nodes.ts';
import { builtIn, restriction, simpleType, XML_SCHEMA, type SimpleType, type TypeLookup } from './simple-types.ts';

/** A part of a content model. */
export type Particle = ElementParticle | GroupParticle | AnyParticle;

interface Occurrence {
  readonly minimum: number;
  readonly maximum: number;
}

export interface ElementParticle extends Occurrence {
  readonly kind: 'element';
  readonly element: ElementDeclaration;
}

export interface GroupParticle extends Occurrence {
  readonly kind: 'sequence' | 'choice' | 'all';
  readonly parts: readonly Particle[];
  /** Whether no element satisfies it too. */
  readonly isEmptiable: boolean;
}

export interface AnyParticle extends Occurrence {
  readonly kind: 'any';
}

export interface ElementDeclaration {
  readonly namespace: string;
  readonly localName: string;
  readonly isAbstract: boolean;
  readonly type: SimpleType | ComplexType;
  /** Elements that may stand in its place. */
  readonly substitutes: readonly ElementDeclaration[];
}

export interface AttributeUse {
  readonly isRequired: boolean;
  readonly type: SimpleType;
}

export interface ComplexType {
  readonly kind: 'complex';
  readonly isAbstract: boolean;
  readonly base: ComplexType | undefined;
  /** By local name; none of EWS has a namespace. */
  readonly attributes: ReadonlyMap<string, AttributeUse>;
  /** Undefined where no element may stand in it. */
  readonly content: Particle | undefined;
  /** What its text is; undefined where it has none. */
  readonly text: SimpleType | undefined;
}

type Type = SimpleType | ComplexType;
type Model = Pick<ComplexType, 'attributes' | 'content' | 'text' | 'base'>;

const GROUPS: ReadonlySet<string> = new Set(['sequence', 'choice', 'all']);
const NOTHING: Model = { attributes: new Map(), content: undefined, text: undefined, base: undefined };

export class Schema implements TypeLookup {
  /** Global definitions by kind, a blank, and expanded name. */
  readonly #global = new Map<string, SchemaPlace>();
  /** Names of elements that may stand in place of another, by its expanded name. */
  readonly #substitutes = new Map<string, string[]>();
  readonly #types = new Map<string, Type>();
  readonly #elements = new Map<string, ElementDeclaration>();
  readonly #prefixes: ReadonlyMap<string, string>;

  /** @param prefixes that the schemas use, with their namespaces */
  constructor(trees: readonly SchemaTree[], prefixes: ReadonlyMap<string, string>) {
    this.#prefixes = new Map([...prefixes, ['xs', XML_SCHEMA]]);
    for (const { namespace, nodes } of trees)
      for (const node of nodes) {
        const name = `${namespace}:${node.attributes.get('name') ?? ''}`;
        const kind = node.kind.endsWith('Type') ? 'type' : node.kind;
        this.#global.set(`${kind} ${name}`, { node, namespace });
        const head = node.attributes.get('substitutionGroup');
        if (head !== undefined) this.#substitutes.set(this.#expanded(head), [...this.#substitutesOf(head), name]);
      }
  }

  /** A global element; undefined where there is none. */
  element(namespace: string, localName: string): ElementDeclaration | undefined {
    return this.#global.has(`element ${namespace}:${localName}`)
      ? this.#globalElement(`${namespace}:${localName}`)
      : undefined;
  }

  /** A complex type that xsi:type names; undefined where there is none. */
  complexType(localName: string): ComplexType | undefined {
    for (const namespace of this.#prefixes.values()) {
      const name = `${namespace}:${localName}`;
      if (!this.#global.has(`type ${name}`)) continue;
      const type = this.#type(name);
      if (type.kind === 'complex') return type;
    }
    return undefined;
  }

  /** @throws Error where it is no simple type */
  simple(qName: string): SimpleType {
    const type = this.#type(this.#expanded(qName));
    if (type.kind === 'simple') return type;
    throw new Error(`${qName} is no simple type`);
  }

  #substitutesOf(head: string): readonly string[] {
    return this.#substitutes.get(this.#expanded(head)) ?? [];
  }

  #expanded(qName: string): string {
    const [prefix = '', localName = ''] = qName.split(':');
    return `${this.#prefixes.get(prefix)}:${localName}`;
  }

  #place(kind: string, name: string): SchemaPlace {
    const place = this.#global.get(`${kind} ${name}`);
    if (place === undefined) throw new Error(`the schemas have no ${kind} ${name}`);
    return place;
  }

  #type(name: string): Type {
    let type = this.#types.get(name);
    if (type === undefined) this.#types.set(name, (type = this.#makeType(name)));
    return type;
  }

  #makeType(name: string): Type {
    if (name.startsWith(`${XML_SCHEMA}:`)) return builtIn(name.slice(XML_SCHEMA.length + 1));
    const { node, namespace } = this.#place('type', name);
    return node.kind === 'simpleType' ? simpleType(node, name, this) : this.#complex(node, namespace);
  }

  #globalElement(name: string): ElementDeclaration {
    let element = this.#elements.get(name);
    if (element === undefined) {
      const { node, namespace } = this.#place('element', name);
      const members = (): readonly string[] => this.#substitutes.get(name) ?? [];
      this.#elements.set(name, (element = this.#declaration(node, namespace, members)));
    }
    return element;
  }

  /** Types are made when somebody asks: they hold one another. */
  #declaration(node: SchemaNode, namespace: string, members: () => readonly string[]): ElementDeclaration {
    const typeOf = (): Type => this.#typeOf(node, namespace);
    const substitutesOf = (): ElementDeclaration[] => members().map((name) => this.#globalElement(name));
    let type: Type | undefined;
    let substitutes: readonly ElementDeclaration[] | undefined;
    return {
      namespace,
      localName: node.attributes.get('name') ?? '',
      isAbstract: node.attributes.get('abstract') === 'true',
      get type() {
        return (type ??= typeOf());
      },
      get substitutes() {
        return (substitutes ??= substitutesOf());
      },
    };
  }

  #typeOf(node: SchemaNode, namespace: string): Type {
    const named = node.attributes.get('type');
    if (named !== undefined) return this.#type(this.#expanded(named));
    const [inner] = node.children;
    if (inner?.kind === 'simpleType') return simpleType(inner, undefined, this);
    return inner?.kind === 'complexType' ? this.#complex(inner, namespace) : builtIn('anySimpleType');
  }

  #complex(node: SchemaNode, namespace: string): ComplexType {
    return { kind: 'complex', isAbstract: node.attributes.get('abstract') === 'true', ...this.#model(node, namespace) };
  }

  #model(node: SchemaNode, namespace: string): Model {
    const [derived] = node.children;
    if (derived?.kind !== 'complexContent' && derived?.kind !== 'simpleContent')
      return { ...NOTHING, attributes: this.#attributes(node), content: this.#content(node, namespace) };
    const [derivation] = derived.children;
    if (derivation === undefined) return NOTHING;
    const base = this.#type(this.#expanded(derivation.attributes.get('base') ?? ''));
    const attributes = this.#attributes(derivation);
    if (base.kind === 'simple') {
      const text = derivation.kind === 'restriction' ? restriction(derivation, undefined, this) : base;
      return { ...NOTHING, attributes, text };
    }
    const own = this.#content(derivation, namespace);
    const content =
      derivation.kind === 'restriction' || base.content === undefined
        ? own
        : own === undefined
          ? base.content
          : group('sequence', [base.content, own], ONCE);
    return { base, attributes: new Map([...base.attributes, ...attributes]), content, text: base.text };
  }

  #content({ children }: SchemaNode, namespace: string): Particle | undefined {
    const node = children.find(({ kind }) => GROUPS.has(kind) || kind === 'group');
    return node === undefined ? undefined : this.#particle(node, namespace);
  }

  #particle(node: SchemaNode, namespace: string): Particle {
    const occurrence = occurrenceOf(node);
    const reference = node.attributes.get('ref');
    switch (node.kind) {
      case 'element':
        return {
          kind: 'element',
          element:
            reference === undefined
              ? this.#declaration(node, namespace, () => [])
              : this.#globalElement(this.#expanded(reference)),
          ...occurrence,
        };
      case 'group': {
        const { node: definition, namespace: itsNamespace } = this.#place('group', this.#expanded(reference ?? ''));
        const content = this.#content(definition, itsNamespace);
        return group('sequence', content === undefined ? [] : [content], occurrence);
      }
      case 'sequence':
      case 'choice':
      case 'all':
        return group(
          node.kind,
          node.children.map((child) => this.#particle(child, namespace)),
          occurrence,
        );
      case 'any':
        return { kind: 'any', ...occurrence };
      default:
        throw new Error(`the schemas are not known to use xs:${node.kind}`);
    }
  }

  #attributes({ children }: SchemaNode): Map<string, AttributeUse> {
    const uses = new Map<string, AttributeUse>();
    for (const { kind, attributes, children: inner } of children) {
      const reference = attributes.get('ref');
      if (kind === 'attributeGroup') {
        const { node } = this.#place('attributeGroup', this.#expanded(reference ?? ''));
        for (const [name, use] of this.#attributes(node)) uses.set(name, use);
      } else if (kind === 'attribute' && reference === undefined) {
        const type = attributes.get('type');
        const [anonymous] = inner;
        uses.set(attributes.get('name') ?? '', {
          isRequired: attributes.get('use') === 'required',
          type: anonymous === undefined ? this.simple(type ?? 'xs:string') : simpleType(anonymous, undefined, this),
        });
      }
    }
    return uses;
  }
}

/** A definition, and the namespace of what stands in it. */
interface SchemaPlace {
  readonly node: SchemaNode;
  readonly namespace: string;
}

const ONCE: Occurrence = { minimum: 1, maximum: 1 };

function occurrenceOf({ attributes }: SchemaNode): Occurrence {
  const maximum = attributes.get('maxOccurs') ?? '1';
  return {
    minimum: Number(attributes.get('minOccurs') ?? '1'),
    maximum: maximum === 'unbounded' ? Number.POSITIVE_INFINITY : Number(maximum),
  };
}

function group(kind: GroupParticle['kind'], parts: readonly Particle[], occurrence: Occurrence): GroupParticle {
  const isEmptiable =
    occurrence.minimum === 0 ||
    parts.length === 0 ||
    (kind === 'choice' ? parts.some(canBeEmpty) : parts.every(canBeEmpty));
  return { kind, parts, isEmptiable, ...occurrence };
}

/** Whether a part of a content model needs no element. */
export function canBeEmpty(particle: Particle): boolean {
  return 'isEmptiable' in particle ? particle.isEmptiable : particle.minimum === 0;
}
