/**
 * What may import what in src/, as data. `.dependency-cruiser.mjs` makes its rules from it, and a test holds
 * that docs/architecture.md shows the same.
 */

/** Folders and files of src/, from top to bottom. Each imports only what stands to its right or below. */
export const LAYERS: readonly (readonly string[])[] = [
  ['launch.js', 'run-bundle.ts', 'main.ts'],
  ['cli'],
  ['gateway', 'config'],
  ['http', 'admin'],
  ['diagnosis', 'autodiscover', 'telemetry', 'backends', 'callers'],
  ['ews', 'tokens'],
  ['certificates', 'soap', 'fleet', 'network', 'state'],
  [
    'config/types.ts',
    'errors.ts',
    'ews-end.ts',
    'clouds.ts',
    'quantity.ts',
    'days.ts',
    'lru-cache.ts',
    'normal-form.ts',
    'version.ts',
  ],
];

export interface Separation {
  readonly name: string;
  readonly from: readonly string[];
  /** What it must not import. */
  readonly to: readonly string[];
  /** A sentence, as in docs/architecture.md. */
  readonly because: string;
}

/** What the layers alone do not say. */
export const SEPARATIONS: readonly Separation[] = [
  {
    name: 'callers-know-no-protocol',
    from: ['callers'],
    to: ['soap', 'tokens'],
    because: '`callers`, `soap` and `tokens` never import each other.',
  },
  {
    name: 'soap-is-bytes',
    from: ['soap'],
    to: ['callers', 'tokens', 'network', 'state'],
    because: '`soap` imports only the bottom layer.',
  },
  {
    name: 'tokens-know-no-soap',
    from: ['tokens'],
    to: ['callers', 'soap', 'ews'],
    because: '`tokens` imports neither `soap` nor `ews`.',
  },
  {
    name: 'backends-know-no-caller',
    from: ['backends'],
    to: ['callers', 'http'],
    because: '`backends` never imports `callers` or `http`.',
  },
  {
    name: 'certificates-is-a-leaf',
    from: ['certificates'],
    to: ['soap', 'network'],
    because: '`certificates` is a leaf: it imports only `state`, which writes its files, and the bottom layer.',
  },
  {
    name: 'simulator-stands-apart',
    from: ['simulator'],
    to: LAYERS.flat().filter((part) => !['soap', 'ews', 'certificates', 'days.ts', 'quantity.ts'].includes(part)),
    because: '`simulator` imports `soap`, `ews`, `certificates` and small helpers, nothing else of the gateway.',
  },
];

/** @returns the regular expression for a part of src/, without `config/types.ts` where `config` is meant */
export function patternOf(part: string): string {
  if (part === 'config') return '^src/config/(?!types\\.ts$)';
  return part.endsWith('.ts') ? `^src/${part.replaceAll('.', '\\.')}$` : `^src/${part}/`;
}
