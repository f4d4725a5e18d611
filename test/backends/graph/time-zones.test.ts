import t from 'tap';
import { codesOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { schemaErrors } from '../../support/ews-schema.ts';
import { startStack } from '../../support/stack.ts';

/** Zones of Windows and of IANA that have the same clocks. */
const SAME: Readonly<Record<string, string>> = {
  'Pacific Standard Time': 'America/Los_Angeles',
  'Newfoundland Standard Time': 'America/St_Johns',
  'Azores Standard Time': 'Atlantic/Azores',
  'GMT Standard Time': 'Europe/London',
  'W. Europe Standard Time': 'Europe/Berlin',
  'FLE Standard Time': 'Europe/Helsinki',
  'Nepal Standard Time': 'Asia/Kathmandu',
  'Cen. Australia Standard Time': 'Australia/Adelaide',
  'New Zealand Standard Time': 'Pacific/Auckland',
};

t.test('GetServerTimeZones gives all zones with rules that the schema allows', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  const { text } = await post(envelope('<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>'));
  t.same(codesOf(text), ['NoError']);
  const body = /<s:Body[^>]*>([\s\S]*)<\/s:Body>/.exec(text)?.[1] ?? '';
  const spaces = (/<s:Envelope[^>]*>/.exec(text)?.[0].match(/ xmlns:[mt]="[^"]*"/g) ?? []).join('');
  const whole = body.replace(/^\s*<m:GetServerTimeZonesResponse(?: xmlns:\w+="[^"]*")*/, (start) =>
    start.includes('xmlns:m=') ? start : `${start}${spaces}`,
  );
  t.same(await schemaErrors([whole]), []);
  const zones = text.split('<t:TimeZoneDefinition ').slice(1);
  t.ok(zones.length > 50);
  for (const zone of zones) t.match(zone, /<t:Periods>.*<t:TransitionsGroups>.*<t:Transitions>/s);
  t.ok(simulator.graph.requests.every(({ path }) => !path.includes('supportedTimeZones')));
});

t.test('only the wanted zones come, with the clocks that they have', async (t) => {
  const { post } = await startStack(t, { backend: 'graph' });
  for (const [id, iana] of Object.entries(SAME)) {
    const { text } = await post(
      envelope(`<m:GetServerTimeZones><m:Ids><t:Id>${id}</t:Id></m:Ids></m:GetServerTimeZones>`),
    );
    t.same(
      [...text.matchAll(/TimeZoneDefinition Id="([^"]*)"/g)].map(([, found]) => found),
      [id],
    );
    const winter = offsetOf(iana, id.includes('Austral') || id.includes('Zealand') ? 6 : 0);
    const summer = offsetOf(iana, id.includes('Austral') || id.includes('Zealand') ? 0 : 6);
    const biases = [...text.matchAll(/Bias="([^"]*)"/g)].map(([, bias = '']) => minutesOf(bias));
    t.same(biases, winter === summer ? [-winter] : [-winter, -summer], id);
  }
});

/** Minutes east of UTC in the middle of a month. */
function offsetOf(timeZone: string, month: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(
    Date.UTC(2026, month, 15),
  );
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) + 0;
}

function minutesOf(duration: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^(-?)PT(?:(\d+)H)?(?:(\d+)M)?(?:0S)?$/.exec(duration) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) + 0;
}
