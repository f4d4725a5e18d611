/** Caller entries: who may sign in, and what for. */
import { BlockList, isIP } from 'node:net';
import { parsePasswordHash } from '../callers/password-hash.ts';
import { GRANTABLE, OPERATION_PRESETS, type OperationPreset } from '../ews/operations.ts';
import type { ConfigPath } from './problems.ts';
import type { CallerEntry, ConfigFile } from './schema.ts';
import type { Sources } from './sources.ts';
import type { CallerConfig } from './types.ts';

export function readCaller(sources: Sources, entry: CallerEntry, file: ConfigFile, path: ConfigPath): CallerConfig {
  if (entry.password !== undefined) assertHash(sources, entry.password.hash, [...path, 'password', 'hash']);
  const domain = entry.username.startsWith('@');
  if (domain) {
    for (const key of ['password', 'mailbox', 'mayImpersonate'] as const) {
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
  const names = Object.keys(file.registrations);
  const registration = entry.registration ?? (names.length === 1 ? names[0] : undefined);
  if (registration === undefined) {
    sources.document.report(path, `needs registration: there are several (${names.join(', ')})`);
  } else if (!Object.hasOwn(file.registrations, registration)) {
    sources.document.report(
      [...path, 'registration'],
      `there is no registration "${registration}"; known: ${names.join(', ')}`,
    );
  }
  const setting = entry.operations ?? 'capture';
  return {
    username: entry.username,
    passwordHash: entry.password?.hash,
    domainPasswords: domain ? new Map(domainPasswords) : undefined,
    mailbox,
    registration: registration ?? '',
    mayImpersonate: entry.mayImpersonate ?? [],
    from: entry.from === undefined ? undefined : addresses(sources, entry.from, [...path, 'from']),
    operations: operations(sources, setting, [...path, 'operations']),
    operationsSetting: typeof setting === 'string' ? setting : `[${setting.join(', ')}]`,
  };
}

export function assertHash(sources: Sources, text: string, path: ConfigPath): void {
  if (parsePasswordHash(text) === undefined)
    sources.document.report(path, 'is not a password hash; make one with: ews-gateway hash-password');
}

function operations(sources: Sources, setting: string | readonly string[], path: ConfigPath): ReadonlySet<string> {
  const names = typeof setting === 'string' ? [setting] : setting;
  const granted = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (Object.hasOwn(OPERATION_PRESETS, name))
      for (const operation of OPERATION_PRESETS[name as OperationPreset]) granted.add(operation);
    else if (GRANTABLE.has(name)) granted.add(name);
    else
      sources.document.report(
        [...path, index],
        `"${name}" is neither a preset (${Object.keys(OPERATION_PRESETS).join(', ')}) nor an EWS operation`,
      );
  }
  return granted;
}

function addresses(sources: Sources, ranges: readonly string[], path: ConfigPath): BlockList {
  const list = new BlockList();
  for (const [index, range] of ranges.entries()) {
    const [address = '', prefix, ...rest] = range.split('/');
    const family = isIP(address);
    const bits = prefix === undefined ? undefined : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    const valid = family !== 0 && rest.length === 0 && (bits === undefined || bits <= (family === 4 ? 32 : 128));
    if (!valid)
      sources.document.report([...path, index], `"${range}" is not an IP address or CIDR range such as 10.1.0.0/16`);
    else if (bits === undefined) list.addAddress(address, family === 4 ? 'ipv4' : 'ipv6');
    else list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
