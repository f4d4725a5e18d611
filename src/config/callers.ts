/** Caller entries: who may sign in, and what for. */
import { addressRanges } from '../network/addresses.ts';
import { readMailboxes, type CallerScope } from './mailboxes.ts';
import type { ConfigPath } from './problems.ts';
import type { CallerEntry } from './schema.ts';
import type { Sources } from './sources.ts';
import type { AddressRanges, CallerConfig } from './types.ts';

/** @param registrations their names */
export function readCaller(
  sources: Sources,
  entry: CallerEntry,
  { registrations, groups }: CallerScope,
  path: ConfigPath,
): CallerConfig {
  if (entry.password !== undefined) assertHash(sources, entry.password.hash, [...path, 'password', 'hash']);
  const domain = entry.username.startsWith('@');
  if (domain) {
    for (const key of ['password', 'mailbox', 'mayImpersonate', 'allMailboxes'] as const) {
      if (entry[key] !== undefined)
        sources.document.report(
          [...path, key],
          `a whole domain has no ${key}: each mailbox is opened by its own address and password`,
        );
    }
  } else if (entry.passwords !== undefined)
    sources.document.report([...path, 'passwords'], 'goes with a username of the form @domain');
  const domainPasswords = Object.entries(entry.passwords ?? {}).map(([address, { hash }]): [string, string] => {
    assertHash(sources, hash, [...path, 'passwords', address, 'hash']);
    if (!address.toLowerCase().endsWith(entry.username.toLowerCase()))
      sources.document.report([...path, 'passwords', address], `is not an address of ${entry.username}`);
    return [address.toLowerCase(), hash];
  });
  const mailbox = entry.mailbox ?? entry.username;
  if (domain ? !/^@[^@\s\\]+$/.test(entry.username) : !/^[^@\s\\]+@[^@\s\\]+$/.test(mailbox)) {
    sources.document.report(
      [...path, 'username'],
      `"${entry.username}" is not a mailbox address; add mailbox: to say which mailbox it opens`,
    );
  }
  const registration = entry.registration ?? (registrations.length === 1 ? registrations[0] : undefined);
  if (registration === undefined) {
    sources.document.report(path, `needs registration: there are several (${registrations.join(', ')})`);
  } else if (!registrations.includes(registration)) {
    sources.document.report(
      [...path, 'registration'],
      `there is no registration "${registration}"; known: ${registrations.join(', ')}`,
    );
  }
  const setting = entry.operations;
  return {
    username: entry.username,
    passwordHash: entry.password?.hash,
    domainPasswords: domain ? new Map(domainPasswords) : undefined,
    mailbox,
    registration: registration ?? '',
    backend: entry.backend,
    ...readMailboxes(sources, entry, groups, path),
    from: entry.from === undefined ? undefined : ranges(sources, entry.from, [...path, 'from']),
    operations: operations(sources, setting, [...path, 'operations']),
    operationsSetting: typeof setting === 'string' ? setting : `[${setting.join(', ')}]`,
  };
}

export function assertHash(sources: Sources, text: string, path: ConfigPath): void {
  if (!sources.validators.isPasswordHash(text))
    sources.document.report(path, 'is not a password hash; make one with: ews-gateway hash-password');
}

function operations(sources: Sources, setting: string | readonly string[], path: ConfigPath): ReadonlySet<string> {
  const { operationPresets, isOperation } = sources.validators;
  const names = typeof setting === 'string' ? [setting] : setting;
  const granted = new Set<string>();
  for (const [index, name] of names.entries()) {
    const preset = Object.hasOwn(operationPresets, name) ? operationPresets[name] : undefined;
    if (preset !== undefined) for (const operation of preset) granted.add(operation);
    else if (isOperation(name)) granted.add(name);
    else
      sources.document.report(
        [...path, index],
        `"${name}" is neither a preset (${Object.keys(operationPresets).join(', ')}) nor an EWS operation`,
      );
  }
  return granted;
}

function ranges(sources: Sources, entries: readonly string[], path: ConfigPath): AddressRanges {
  return addressRanges(entries, (index) =>
    sources.document.report(
      [...path, index],
      `"${entries[index]}" is not an IP address or CIDR range such as 10.1.0.0/16`,
    ),
  );
}
