import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readOptions } from './arguments.ts';
import { UsageError, type Command, type CommandIo } from './command.ts';
import { tenantScript } from './tenant-script/script.ts';
import type { TenantScriptOptions } from './tenant-script/values.ts';

const CLOUDS = ['global', 'gcchigh', 'dod', 'china'] as const;

/** Names of scopes and role assignments end in a suffix and may have 64 characters. */
const LONGEST_NAME = 40;

export const tenantScriptCommand: Command = {
  usage: [
    'Usage: ews-gateway tenant-script [--name NAME] [--mailboxes-group GROUP | --mailboxes A,B] [--graph] [--ews]',
    '                                 [--send] [--certificate FILE | --secret] [--cloud CLOUD] > tenant.ps1',
    '',
    "Prints a PowerShell script that does the tenant's side: app registration, permissions, the mailboxes it",
    'may open, client secret or certificate, and EWS allowed for this app beside those that are allowed',
    'already. Read it, then run it as an administrator of the tenant; it asks before it changes anything that',
    'others use, and run again it only reports. Nothing is sent or changed by this command itself.',
    '',
    '  --name NAME              display name of the app registration (default: ews-gateway)',
    '  --mailboxes-group GROUP  only mailboxes of this mail-enabled security group (RBAC for Applications)',
    '  --mailboxes A,B          only these mailboxes; without either, the app may open all of them',
    '  --ews, --graph           permission for one of the two only (default: both)',
    '  --send                   permission to send mail through Graph too (EWS always has it)',
    '  --secret                 make a client secret, shown once (default)',
    '  --certificate FILE       upload this certificate (PEM or DER) instead; the private key stays here',
    '  --cloud CLOUD            global (default), gcchigh, dod or china',
  ].join('\n'),
  run: async (args, io) => {
    io.stdout.write(tenantScript(optionsOf(args, io)));
    return 0;
  },
};

/** @throws UsageError where options contradict each other or make no sense */
function optionsOf(args: readonly string[], io: CommandIo): TenantScriptOptions {
  const given = readOptions(args, {
    'name': { type: 'string', default: 'ews-gateway' },
    'mailboxes-group': { type: 'string' },
    'mailboxes': { type: 'string', multiple: true },
    'graph': { type: 'boolean', default: false },
    'ews': { type: 'boolean', default: false },
    'send': { type: 'boolean', default: false },
    'certificate': { type: 'string' },
    'secret': { type: 'boolean', default: false },
    'cloud': { type: 'string', default: 'global' },
  });
  const { name, graph, ews, send, certificate, secret } = given;
  const cloud = CLOUDS.find((one) => one === given.cloud);
  if (cloud === undefined) throw new UsageError(`--cloud is one of ${CLOUDS.join(', ')}.`);
  if (send && ews && !graph) throw new UsageError('--send is for Graph: EWS has no permission of its own for it.');
  if (certificate !== undefined && secret) throw new UsageError('Either --certificate or --secret.');
  return {
    name: text('--name', name, LONGEST_NAME),
    cloud,
    scope: scopeOf(given['mailboxes-group'], given.mailboxes),
    ews: ews || !graph,
    graph: graph || !ews,
    send,
    certificate: certificate === undefined ? undefined : certificateIn(io.path(certificate)),
  };
}

function scopeOf(group: string | undefined, lists: readonly string[] | undefined): TenantScriptOptions['scope'] {
  if (group !== undefined && lists !== undefined) throw new UsageError('Either --mailboxes-group or --mailboxes.');
  if (group !== undefined) return { kind: 'group', group: text('--mailboxes-group', group, 256) };
  if (lists === undefined) return undefined;
  const mailboxes = lists.flatMap((list) => list.split(',')).map((address) => address.trim());
  for (const address of mailboxes) {
    if (!/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(address))
      throw new UsageError(`--mailboxes takes addresses: "${address}" is none.`);
  }
  return { kind: 'mailboxes', mailboxes: [...new Set(mailboxes)] };
}

function text(option: string, value: string, longest: number): string {
  if (value.trim() === '' || value.length > longest || /\p{Cc}/u.test(value))
    throw new UsageError(`${option} takes 1 to ${longest} characters, without line breaks.`);
  return value;
}

/** @returns its DER, without any private key that the file may hold besides */
function certificateIn(file: string): Uint8Array {
  const content = readFileSync(file);
  try {
    return new X509Certificate(content).raw;
  } catch {
    throw new UsageError(`${file} holds no certificate in PEM or DER form.`);
  }
}
