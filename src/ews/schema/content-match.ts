/**
 * Which declaration each child of an element has. Content models of a schema are deterministic: the next element
 * alone decides where it belongs, so that one pass is enough.
 *
 * @see https://www.w3.org/TR/xmlschema-1/#cos-nonambig
 */
import type { EwsElement } from '../element.ts';
import {
  canBeEmpty,
  type ElementDeclaration,
  type ElementParticle,
  type GroupParticle,
  type Particle,
} from './schema.ts';

/** The children do not follow the content model. */
export class Mismatch {
  /** The child that does not belong there; undefined where one is missing behind the last. */
  readonly found: EwsElement | undefined;
  /** What might have stood in its place. */
  readonly expected: readonly ElementDeclaration[];
  /** What the children before it are. */
  readonly before: Matched;

  constructor(found: EwsElement | undefined, { expected, declarations }: Pick<Match, 'expected' | 'declarations'>) {
    this.found = found;
    this.expected = expected;
    this.before = declarations;
  }
}

/** Undefined for a child that any element may stand for. */
export type Matched = readonly (ElementDeclaration | undefined)[];

export function matchContent(children: readonly EwsElement[], content: Particle | undefined): Matched | Mismatch {
  const match = new Match(children);
  const isComplete = content === undefined || match.take(content);
  return isComplete && match.next === undefined ? match.declarations : new Mismatch(match.next, match);
}

/**
 * As {@link matchContent}, but as Exchange reads requests today: elements in any order, and past those that it does
 * not know in that place.
 *
 * @see https://github.com/mustang-im/mustang/pull/1098 and https://github.com/otris/ews-cpp/issues/129: the order
 * @see https://github.com/ecederstrand/exchangelib test_sync.py, whose Watermark has a namespace of no schema
 */
export function matchInAnyOrder(
  children: readonly EwsElement[],
  content: Particle | undefined,
): ReturnType<typeof matchContent> {
  const inOrder = matchContent(children, content);
  if (!(inOrder instanceof Mismatch)) return inOrder;
  const ranks = new Map(namesIn(content).map((name, rank) => [name, rank]));
  const rankOf = (child: EwsElement): number | undefined => ranks.get(expanded(child));
  const known = children
    .filter((child) => rankOf(child) !== undefined)
    .toSorted((one, other) => (rankOf(one) ?? 0) - (rankOf(other) ?? 0));
  const matched = matchContent(known, content);
  if (matched instanceof Mismatch) return inOrder;
  const declarations = new Map(known.map((child, index) => [child, matched[index]]));
  return children.map((child) => declarations.get(child));
}

class Match {
  readonly declarations: (ElementDeclaration | undefined)[] = [];
  readonly #children: readonly EwsElement[];
  /** What might have come since the last child that fitted. */
  #passed: Particle[] = [];

  constructor(children: readonly EwsElement[]) {
    this.#children = children;
  }

  get next(): EwsElement | undefined {
    return this.#children[this.declarations.length];
  }

  get expected(): readonly ElementDeclaration[] {
    return [...new Set(this.#passed.flatMap(firstOf))];
  }

  /** Takes children as often as the particle allows; false where it needs more than there are. */
  take(particle: Particle): boolean {
    let count = 0;
    while (count < particle.maximum && this.next !== undefined && begins(particle, this.next)) {
      if (!this.#takeOnce(particle, this.next)) return false;
      count++;
    }
    if (count < particle.maximum) this.#passed.push(particle);
    return count >= particle.minimum || canBeEmpty(particle);
  }

  #takeOnce(particle: Particle, child: EwsElement): boolean {
    switch (particle.kind) {
      case 'element':
        return this.#pass(declarationFor(particle, child));
      case 'any':
        return this.#pass(undefined);
      case 'sequence':
        return particle.parts.every((part) => this.take(part));
      case 'choice': {
        const part = particle.parts.find((one) => begins(one, child));
        return part !== undefined && this.take(part);
      }
      case 'all':
        return this.#takeAll(particle);
    }
  }

  #takeAll({ parts }: GroupParticle): boolean {
    const left = new Set(parts);
    for (let child = this.next; child !== undefined; child = this.next) {
      const found = [...left].find((part) => begins(part, child));
      if (found === undefined) break;
      left.delete(found);
      if (!this.#takeOnce(found, child)) return false;
    }
    this.#passed.push(...left);
    return [...left].every(canBeEmpty);
  }

  #pass(declaration: ElementDeclaration | undefined): true {
    this.declarations.push(declaration);
    this.#passed = [];
    return true;
  }
}

/** Whether an element may come first. */
function begins(particle: Particle, child: EwsElement): boolean {
  switch (particle.kind) {
    case 'any':
      return true;
    case 'element':
      return declarationFor(particle, child) !== undefined;
    case 'sequence':
      for (const part of particle.parts) {
        if (begins(part, child)) return true;
        if (!canBeEmpty(part)) return false;
      }
      return false;
    default:
      return particle.parts.some((part) => begins(part, child));
  }
}

function declarationFor({ element }: ElementParticle, child: EwsElement): ElementDeclaration | undefined {
  if (!element.isAbstract && isOf(element, child)) return element;
  return element.substitutes.find((substitute) => isOf(substitute, child));
}

function isOf(element: ElementDeclaration, { localName, namespace }: EwsElement): boolean {
  return element.localName === localName && element.namespace === namespace;
}

function firstOf(particle: Particle): readonly ElementDeclaration[] {
  switch (particle.kind) {
    case 'any':
      return [];
    case 'element':
      return [particle.element];
    case 'sequence': {
      const needed = particle.parts.findIndex((part) => !canBeEmpty(part));
      return particle.parts.slice(0, needed === -1 ? undefined : needed + 1).flatMap(firstOf);
    }
    default:
      return particle.parts.flatMap(firstOf);
  }
}

/** Names of all elements that a content model has, in its order. */
function namesIn(particle: Particle | undefined): readonly string[] {
  if (particle === undefined) return [];
  switch (particle.kind) {
    case 'any':
      return [];
    case 'element':
      return [particle.element, ...particle.element.substitutes].map(expanded);
    default:
      return particle.parts.flatMap(namesIn);
  }
}

function expanded({ namespace, localName }: Pick<EwsElement, 'namespace' | 'localName'>): string {
  return `${namespace} ${localName}`;
}
