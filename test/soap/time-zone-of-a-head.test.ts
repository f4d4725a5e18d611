import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { envelope, getFolder } from '../support/envelopes.ts';

const zoneOf = (header: string): string | undefined =>
  readEnvelopeHead(Buffer.from(envelope(getFolder(), header)), true)?.timeZone;

t.test('the zone a client names in TimeZoneContext', async (t) => {
  t.equal(
    zoneOf('<t:TimeZoneContext><t:TimeZoneDefinition Name="x" Id="W. Europe Standard Time"/></t:TimeZoneContext>'),
    'W. Europe Standard Time',
  );
  t.equal(
    zoneOf(
      '<t:TimeZoneContext><t:TimeZoneDefinition Id="Eastern &amp; more"><t:Periods><t:Period Id="trule"/></t:Periods>' +
        '</t:TimeZoneDefinition></t:TimeZoneContext>',
    ),
    'Eastern & more',
    'with its rules',
  );
});

t.test('nothing else is a zone', async (t) => {
  t.equal(zoneOf(''), undefined);
  t.equal(zoneOf('<t:TimeZoneContext/>'), undefined);
  t.equal(zoneOf('<t:Other><t:TimeZoneDefinition Id="UTC"/></t:Other>'), undefined);
  t.equal(
    zoneOf('<t:TimeZoneContext><t:Other><t:TimeZoneDefinition Id="UTC"/></t:Other></t:TimeZoneContext>'),
    undefined,
  );
});

t.test('recorded requests of clients have one', async (t) => {
  const folder = join(import.meta.dirname, '../fixtures/captures');
  const zones = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.http'))
    .map((name) => readFileSync(join(folder, name)))
    .filter((raw) => raw.includes('<t:TimeZoneContext>'))
    .map((raw) => readEnvelopeHead(raw.subarray(raw.indexOf('\r\n\r\n') + 4), true)?.timeZone);
  t.ok(zones.length > 0);
  t.notOk(zones.includes(undefined));
});
