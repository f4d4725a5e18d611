/** Reads XML Schema documents, as far as the schemas of EWS use the language, and a WSDL's request elements. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';

interface Node {
  /** Local name. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Node[];
}

/** An element or, with `@` before its name, an attribute, where it is declared. */
export interface Declaration {
  /** The complex type it stands in, or the element whose anonymous type that is; without prefix. */
  readonly owner: string;
  readonly name: string;
  /** With the prefix `m:` or `t:` of the schema, or `xs:`; undefined for an anonymous type. */
  readonly type: string | undefined;
  /** Whether it holds elements. */
  readonly complex: boolean;
  /** Names of the elements it stands in. */
  readonly parents: Set<string>;
  /** Request elements from which it can be reached. */
  readonly roots: Set<string>;
}

/** @returns everything that can stand in a request, by `owner/name` */
export function reachable(folder: string): Map<string, Declaration> {
  const model = new Model(folder);
  for (const root of requestElements(folder)) model.walkFrom(root);
  return model.found;
}

/** @returns local names of the elements that an operation's request begins with */
export function requestElements(folder: string): string[] {
  const parts = read(join(folder, 'services.wsdl')).children;
  const inputs = new Set(
    parts
      .filter(({ name }) => name === 'portType')
      .flatMap(({ children }) => children.flatMap((operation) => operation.children))
      .filter(({ name }) => name === 'input')
      .map(({ attributes }) => local(attributes['message'] ?? '')),
  );
  return parts
    .filter(({ name, attributes }) => name === 'message' && inputs.has(attributes['name'] ?? ''))
    .map(({ children }) => {
      const part = children.find(({ attributes }) => attributes['element']?.startsWith('tns:') === true);
      if (part === undefined) throw new Error('a request of services.wsdl has no element of messages.xsd');
      return local(part.attributes['element'] ?? '');
    });
}

/** Where a walk through the schemas stands. */
interface Place {
  /** Of the schema. */
  readonly prefix: string;
  readonly owner: string;
  /** The element around. */
  readonly parent: string;
  readonly root: string;
}

class Model {
  readonly found = new Map<string, Declaration>();
  readonly #types = new Map<string, Node>();
  readonly #elements = new Map<string, Node>();
  /** Types by what they extend or restrict. */
  readonly #derived = new Map<string, string[]>();
  readonly #visited = new Set<string>();

  constructor(folder: string) {
    for (const [prefix, file] of [
      ['m', 'messages.xsd'],
      ['t', 'types.xsd'],
    ] as const) {
      for (const node of read(join(folder, file)).children) {
        const name = `${prefix}:${node.attributes['name'] ?? ''}`;
        if (node.name === 'complexType' || node.name === 'simpleType') this.#types.set(name, node);
        if (node.name === 'element') this.#elements.set(name, node);
        if (node.name === 'group' || node.name === 'attributeGroup') this.#types.set(`${node.name} ${name}`, node);
        if (node.name === 'complexType') this.#noteBases(node, name);
      }
    }
  }

  walkFrom(root: string): void {
    const element = this.#elements.get(`m:${root}`);
    if (element === undefined) throw new Error(`messages.xsd has no element ${root}`);
    const type = qualified(element.attributes['type'], 'm');
    if (type === undefined) this.#content(element, { prefix: 'm', owner: root, parent: root, root });
    else this.#type(type, root, root);
  }

  #noteBases(node: Node, name: string): void {
    if (node.name === 'extension' || node.name === 'restriction') {
      const base = qualified(node.attributes['base'], name.slice(0, 1)) ?? '';
      this.#derived.set(base, [...(this.#derived.get(base) ?? []), name]);
    }
    for (const child of node.children) this.#noteBases(child, name);
  }

  /** What an element of a type holds; xsi:type may make a derived type of it. */
  #type(type: string, parent: string, root: string): void {
    const key = `${type} ${parent} ${root}`;
    const node = this.#types.get(type);
    if (this.#visited.has(key) || node?.name !== 'complexType') return;
    this.#visited.add(key);
    this.#content(node, { prefix: type.slice(0, 1), owner: local(type), parent, root });
    for (const derived of this.#derived.get(type) ?? []) this.#type(derived, parent, root);
  }

  #content(node: Node, at: Place): void {
    for (const child of node.children) {
      if (child.name === 'element') this.#element(child, at);
      else if (child.name === 'attribute') this.#note(`@${child.attributes['name'] ?? ''}`, child, at);
      else if (child.name === 'group' || child.name === 'attributeGroup') {
        const group = this.#types.get(`${child.name} ${qualified(child.attributes['ref'], at.prefix)}`);
        if (group !== undefined) this.#content(group, at);
      } else {
        const base = qualified(child.attributes['base'], at.prefix);
        const inherited = base === undefined ? undefined : this.#types.get(base);
        if (base !== undefined && inherited?.name === 'complexType')
          this.#content(inherited, { ...at, prefix: base.slice(0, 1), owner: local(base) });
        this.#content(child, at);
      }
    }
  }

  #element(node: Node, at: Place): void {
    const ref = qualified(node.attributes['ref'], at.prefix);
    const element = ref === undefined ? node : this.#elements.get(ref);
    if (element === undefined) throw new Error(`the schemas have no element ${ref}`);
    const prefix = ref?.slice(0, 1) ?? at.prefix;
    const name = element.attributes['name'] ?? '';
    const type = this.#note(name, element, { ...at, prefix });
    if (type !== undefined) this.#type(type, name, at.root);
    else if (!this.#visited.has(`${at.owner}/${name} ${at.root}`)) {
      this.#visited.add(`${at.owner}/${name} ${at.root}`);
      this.#content(element, { prefix, owner: name, parent: name, root: at.root });
    }
  }

  /** @returns its type */
  #note(name: string, node: Node, at: Place): string | undefined {
    const type = qualified(node.attributes['type'], at.prefix);
    const key = `${at.owner}/${name}`;
    const complex = type === undefined ? node.children.length > 0 : this.#holdsElements(type);
    const known = this.found.get(key) ?? {
      owner: at.owner,
      name,
      type,
      complex,
      parents: new Set(),
      roots: new Set(),
    };
    known.parents.add(at.parent);
    known.roots.add(at.root);
    this.found.set(key, known);
    return type;
  }

  #holdsElements(type: string): boolean {
    const node = this.#types.get(type);
    return node?.name === 'complexType' && !node.children.some(({ name }) => name === 'simpleContent');
  }
}

function read(file: string): Node {
  const root: Node = { name: '', attributes: {}, children: [] };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const node: Node = { name: local(name), attributes, children: [] };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on('closetag', () => void open.pop());
  parser.write(readFileSync(file, 'utf8')).close();
  const [document] = root.children;
  if (document === undefined) throw new Error(`${file} is empty`);
  return document;
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** A reference in a schema, with the prefix of the namespace it means. */
function qualified(name: string | undefined, prefix: string): string | undefined {
  if (name === undefined || name.startsWith('tns:')) return name?.replace('tns:', `${prefix}:`);
  return name.includes(':') ? name : `${prefix}:${name}`;
}
