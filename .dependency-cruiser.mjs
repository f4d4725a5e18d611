/**
 * Holds what may import what: npm run lint:imports. Types count as well: what has to be known to read a file
 * is what its imports name.
 *
 * @see https://github.com/sverweij/dependency-cruiser/blob/main/doc/rules-reference.md
 */
import { LAYERS, SEPARATIONS, patternOf } from './scripts/layers.ts';

const patternsOf = (list) => list.map(patternOf);

const parts = LAYERS.flat();

/** Each imports what stands to its right or below; so there can be no circle of folders either. */
const upwards = parts.slice(1).map((part, index) => ({
  name: `not-upwards-from-${part.replace(/\W/g, '-')}`,
  comment: `${part} may import what stands to its right or below in scripts/layers.ts, nothing else`,
  severity: 'error',
  from: { path: patternOf(part) },
  to: { path: patternsOf(parts.slice(0, index + 1)) },
}));

const separations = SEPARATIONS.map(({ name, from, to, because }) => ({
  name,
  comment: because,
  severity: 'error',
  from: { path: patternsOf(from) },
  to: { path: patternsOf(to) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...upwards,
    ...separations,
    {
      name: 'only-the-demo-simulates',
      comment: 'Nothing in the gateway imports the simulator: cli/demo and the tests do',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/simulator/', '^src/cli/demo\\.ts$', '^src/cli/demo/'] },
      to: { path: '^src/simulator/' },
    },
    {
      name: 'no-circles',
      comment: 'Files that need each other are one module in two files',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'published-packages-only',
      comment: 'Who installs the gateway has no devDependencies; only the demo uses them, which runs from the source',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/simulator/', '^src/cli/demo'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'everything-is-found',
      comment: 'An import that leads nowhere',
      severity: 'error',
      from: {},
      // Types only: there is no JavaScript in it.
      to: { couldNotResolve: true, pathNot: ['^@microsoft/microsoft-graph-types$'] },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'require', 'default', 'types'],
    },
  },
};
