/** Finds the operation for a method and path, and says what is wrong where there is none. */
import type { Operation } from './call.ts';
import { GraphError, badRequest, unknownSegment } from './errors.ts';
import type { Model } from './model.ts';
import type { Permission } from './permissions.ts';

export interface Route {
  readonly method: string;
  /** For example /users/{user}/messages/{message}. */
  readonly path: string;
  readonly permission: Permission;
  readonly operation: Operation;
  /** `Type.action` where a national cloud may lack it. */
  readonly needs?: readonly [on: string, name: string];
}

export interface Match {
  readonly route: Route;
  /** Variables, unescaped. */
  readonly params: Readonly<Record<string, string>>;
}

export class Router {
  readonly #routes: readonly { readonly route: Route; readonly pattern: readonly string[] }[];

  constructor(routes: readonly Route[], model: Model) {
    this.#routes = routes
      .filter(({ needs }) => needs === undefined || model.hasOperation(...needs))
      .map((route) => ({ route, pattern: route.path.split('/').slice(1) }));
  }

  /**
   * @param path behind the version, escaped
   * @throws GraphError for an unknown segment or a method that it does not have
   */
  match(method: string, path: string): Match {
    const segments = segmentsOf(path);
    const fitting = this.#routes.filter(({ pattern }) => fits(pattern, segments));
    // A literal before a variable: messages/delta before messages/{message}.
    const sorted = fitting.toSorted((a, b) => variables(a.pattern) - variables(b.pattern));
    const found = sorted.find(({ route }) => route.method === method);
    const [first] = sorted;
    if (found !== undefined && (first === undefined || variables(found.pattern) === variables(first.pattern)))
      return { route: found.route, params: paramsOf(found.pattern, segments) };
    if (fitting.length > 0)
      throw new GraphError(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.');
    throw this.#unknown(segments);
  }

  /** The first segment with which no route goes on; behind an id it is Exchange that does not know it. */
  #unknown(segments: readonly string[]): GraphError {
    let length = 0;
    while (length < segments.length && this.#begins(segments.slice(0, length + 1))) length++;
    const segment = segments[length] ?? segments.at(-1) ?? '';
    const [parent = ''] = segments.slice(length - 2, length - 1);
    const behindId = /^(?:messages|mailFolders|childFolders|attachments)$/i.test(parent);
    if (segments.length === 0) return badRequest('Empty Payload. JSON content expected.');
    return unknownSegment(behindId ? 'RequestBroker--ParseUri' : 'BadRequest', segment);
  }

  #begins(segments: readonly string[]): boolean {
    return this.#routes.some(
      ({ pattern }) => pattern.length >= segments.length && fits(pattern.slice(0, segments.length), segments),
    );
  }
}

/** Segments of a path; keys in brackets, calls and the namespace of actions are other ways to write the same. */
export function segmentsOf(path: string): string[] {
  let unescaped: string;
  try {
    // First unescaped, then split: so %2F is a slash, too [thread microsoft-graph-docs#15204].
    unescaped = decodeURIComponent(path);
  } catch {
    throw badRequest('The request URI is not valid.');
  }
  return unescaped
    .split('/')
    .filter((segment) => segment !== '')
    .flatMap((segment) => {
      const key = /^(\w+)\('(.*)'\)$/.exec(segment);
      return key === null ? [segment] : [key[1] ?? '', (key[2] ?? '').replaceAll("''", "'")];
    })
    .map((segment) => segment.replace(/^microsoft\.graph\.(?=\w+(?:\(\))?$)/i, '').replace(/^(\w+)\(\)$/, '$1'));
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => part.startsWith('{') || part.toLowerCase() === segments[index]?.toLowerCase())
  );
}

function variables(pattern: readonly string[]): number {
  return pattern.filter((part) => part.startsWith('{')).length;
}

function paramsOf(pattern: readonly string[], segments: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pattern.flatMap((part, index) => (part.startsWith('{') ? [[part.slice(1, -1), segments[index] ?? '']] : [])),
  );
}
