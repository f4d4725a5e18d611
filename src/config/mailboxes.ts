/** `mayImpersonate` and `groups`: mailboxes by address, by pattern, and by the name of a group of both. */
import { closest } from './closest.ts';
import type { ConfigPath } from './problems.ts';
import type { CallerEntry, ConfigFile } from './schema.ts';
import type { Sources } from './sources.ts';
import type { CallerConfig, MailboxPattern } from './types.ts';

type Mailboxes = Required<Pick<CallerConfig, 'mayImpersonate' | 'mailboxPatterns'>>;

const GROUP = '@group:';
/** As in the schema, which says nothing about other names. */
const GROUP_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** What callers may refer to. */
export interface CallerScope {
  /** Names of the registrations. */
  readonly registrations: readonly string[];
  /** Mailboxes and patterns by the group's name. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

/** Resolves what a caller may impersonate, and reports what is wrong there. */
export function readMailboxes(
  sources: Sources,
  entry: CallerEntry,
  groups: CallerScope['groups'],
  path: ConfigPath,
): Mailboxes {
  const names = new Set<string>();
  const patterns: MailboxPattern[] = [];
  const add = (text: string, at: ConfigPath): void => {
    const read = readMailbox(text);
    if ('problem' in read) sources.document.report(at, read.problem);
    else if (read.pattern === undefined) names.add(text);
    else patterns.push(read.pattern);
  };
  for (const [index, text] of (entry.mayImpersonate ?? []).entries()) {
    const at = [...path, 'mayImpersonate', index];
    if (!text.startsWith(GROUP)) {
      add(text, at);
      continue;
    }
    const group = text.slice(GROUP.length);
    // What is wrong in a group is reported once, at the group.
    if (Object.hasOwn(groups, group)) groups[group]?.forEach((member) => validOnly(member, names, patterns));
    else sources.document.report(at, unknownGroup(group, Object.keys(groups)));
  }
  if (entry.allMailboxes === true) {
    patterns.push({ prefix: '', suffix: '', domain: undefined });
    sources.warnings.push(
      `Caller ${entry.username} may open every mailbox (allMailboxes). ` +
        'Whoever knows its password reads the mail of the whole tenant.',
    );
  }
  return { mayImpersonate: [...names], mailboxPatterns: patterns.length === 0 ? undefined : patterns };
}

/** Reports what is wrong in `groups`. */
export function checkGroups(sources: Sources, file: ConfigFile): void {
  for (const [group, members] of Object.entries(file.groups ?? {})) {
    if (!GROUP_NAME.test(group)) {
      sources.document.report(['groups', group], 'a name has letters, digits, and . _ - only', true);
      continue;
    }
    for (const [index, text] of members.entries()) {
      const read = readMailbox(text);
      if ('problem' in read) sources.document.report(['groups', group, index], read.problem);
    }
  }
}

function validOnly(text: string, names: Set<string>, patterns: MailboxPattern[]): void {
  const read = readMailbox(text);
  if ('problem' in read) return;
  if (read.pattern === undefined) names.add(text);
  else patterns.push(read.pattern);
}

function unknownGroup(group: string, known: readonly string[]): string {
  if (known.length === 0) return `there is no group "${group}": the configuration has no groups`;
  const close = closest(known, group);
  const hint = close === undefined ? `known: ${known.join(', ')}` : `did you mean "${close}"?`;
  return `there is no group "${group}"; ${hint}`;
}

function readMailbox(text: string): { readonly problem: string } | { readonly pattern: MailboxPattern | undefined } {
  if (text.startsWith(GROUP)) return { problem: 'a group holds addresses and patterns, no further groups' };
  if (!text.includes('*')) return { pattern: undefined };
  const at = text.indexOf('@');
  const [local, domain] = [text.slice(0, at).toLowerCase(), text.slice(at + 1).toLowerCase()];
  if (local === '*' && domain === '*')
    return { problem: 'would be every mailbox; if that is meant, write allMailboxes: true at the caller' };
  if (domain.includes('*')) return { problem: 'the * stands for no part of a domain: name each domain' };
  const star = local.indexOf('*');
  if (local.includes('*', star + 1) || (star !== 0 && star !== local.length - 1))
    return { problem: 'one * stands at the beginning or at the end of what is before the @' };
  return { pattern: { prefix: local.slice(0, star), suffix: local.slice(star + 1), domain } };
}
