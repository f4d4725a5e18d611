/**
 * What Microsoft Graph v1.0 knows of mail, as data: types with their properties, and the actions bound to them. Every
 * request is held against it. The mail part is cut from Microsoft's public metadata; what it lacks is written by hand
 * in model-extension.ts. A national cloud's model is the global one without what that cloud lacks.
 *
 * @see https://github.com/microsoftgraph/msgraph-metadata (schemas)
 */
import { EXTENSION, type ModelType } from './model-extension.ts';
import data from './v1.0-mail-model.json' with { type: 'json' };

export type CloudModel = 'global' | keyof typeof data.differs;

interface ModelOperation {
  readonly name: string;
  readonly on: string;
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** A property found on a type or one of its bases. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly isNavigation: boolean;
}

interface Difference {
  readonly missingTypes: readonly string[];
  readonly missingProperties: Readonly<Record<string, readonly string[] | undefined>>;
  readonly missingOperations: readonly string[];
}

export class Model {
  readonly cloud: CloudModel;
  readonly #types: ReadonlyMap<string, ModelType>;
  readonly #lacks: Difference | undefined;

  constructor(cloud: CloudModel = 'global') {
    this.cloud = cloud;
    this.#lacks = cloud === 'global' ? undefined : data.differs[cloud];
    const types = new Map<string, ModelType>(Object.entries(data.global.types as Record<string, ModelType>));
    for (const [name, type] of Object.entries(EXTENSION)) {
      const known = types.get(name);
      types.set(name, {
        ...type,
        ...known,
        properties: { ...known?.properties, ...type.properties },
        navigation: { ...known?.navigation, ...type.navigation },
      });
    }
    for (const name of this.#lacks?.missingTypes ?? []) types.delete(name);
    this.#types = types;
  }

  type(name: string): ModelType | undefined {
    return this.#types.get(name);
  }

  /** A property of a type or its bases; names are case-sensitive [thread microsoft-graph-docs#37]. */
  member(typeName: string, name: string): Member | undefined {
    for (let at: string | undefined = typeName; at !== undefined; at = this.#types.get(at)?.base) {
      if (this.#lacks?.missingProperties[at]?.includes(name) === true) return undefined;
      const type = this.#types.get(at);
      const property = type?.properties?.[name];
      if (property !== undefined) return { name, type: property, isNavigation: false };
      const navigation = type?.navigation?.[name];
      if (navigation !== undefined) return { name, type: navigation, isNavigation: true };
    }
    return undefined;
  }

  /** Whether an action or function exists in this cloud. Those outside the cut do. */
  hasOperation(on: string, name: string): boolean {
    return this.#lacks?.missingOperations.includes(`${on}.${name}`) !== true;
  }

  /** Parameters of an action by their names in lower case: names of parameters are not case-sensitive. */
  parameters(on: string, name: string): ReadonlyMap<string, string> {
    const operation = (data.global.operations as readonly ModelOperation[]).find(
      (candidate) => candidate.on === on && candidate.name === name,
    );
    return new Map(
      Object.entries(operation?.parameters ?? {}).map(([key, type]) => [key.toLowerCase(), type ?? 'Edm.String']),
    );
  }

  /** The type in the brackets of Collection(…), or the type itself. */
  static element(type: string): string {
    return /^Collection\((.*)\)$/.exec(type)?.[1] ?? type;
  }
}
