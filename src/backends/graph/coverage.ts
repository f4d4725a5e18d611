/** How Graph serves an operation: what docs/graph-coverage.md, the status page and `readiness` say alike. */
import { OPERATION_NOTES, OPERATION_PERMISSIONS, type OperationPermission } from './coverage-notes.ts';
import { OPERATIONS } from './operations/table.ts';

export interface Coverage {
  /** As Exchange does; with differences that a program may notice; or not at all. */
  readonly served: 'yes' | 'differs' | 'no';
  /** What differs, in plain text. */
  readonly note: string | undefined;
  readonly permission: OperationPermission | undefined;
}

/** @param operation by its name in services.wsdl */
export function coverageOf(operation: string): Coverage {
  if (!OPERATIONS.has(operation)) return { served: 'no', note: undefined, permission: undefined };
  // They are written for a page in Markdown.
  const note = own(OPERATION_NOTES, operation)?.replaceAll('`', '');
  return {
    served: note === undefined ? 'yes' : 'differs',
    note,
    permission: own(OPERATION_PERMISSIONS, operation),
  };
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
