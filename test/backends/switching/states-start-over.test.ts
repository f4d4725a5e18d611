import t from 'tap';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { reportOf } from '../../support/auto.ts';
import { mail, startStack, type Stack } from '../../support/stack.ts';

const sync = (state: string): string =>
  envelope(
    '<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>' +
      '<t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId>' +
      (state === '' ? '' : `<m:SyncState>${state}</m:SyncState>`) +
      '<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>',
  );
const SUBSCRIBE = envelope(
  '<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' +
    '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes><t:Timeout>10</t:Timeout>' +
    '</m:PullSubscriptionRequest></m:Subscribe>',
);

function textIn(answer: string, element: string): string {
  return new RegExp(`<m:${element}>([^<]+)<`).exec(answer)?.[1] ?? '';
}

async function blocked(stack: Stack): Promise<void> {
  stack.simulator.exchange.settings.ewsEnabled = false;
  await stack.post(envelope('<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>'));
}

t.test('a SyncState of EWS is refused once after the switch, and the client starts over', async (t) => {
  const stack = await startStack(t, { backend: 'auto' });
  await mailboxOf(stack).deliver(mail('Invoice'));
  const state = textIn((await stack.post(sync(''))).text, 'SyncState');
  t.not(state, '');
  await blocked(stack);
  t.match(await reportOf(stack), { service: 'graph' });
  t.same(codesOf((await stack.post(sync(state))).text), ['ErrorInvalidSyncStateData']);
  const again = (await stack.post(sync(''))).text;
  t.same(codesOf(again), ['NoError']);
  t.equal(again.match(/<t:Create>/g)?.length, 1);
  t.same(codesOf((await stack.post(sync(textIn(again, 'SyncState')))).text), ['NoError'], 'its state is good');
});

t.test('a subscription of EWS is not found after the switch, and a new one is made', async (t) => {
  const stack = await startStack(t, { backend: 'auto' });
  const { text } = await stack.post(SUBSCRIBE);
  const getEvents = (from: string): string =>
    envelope(
      `<m:GetEvents><m:SubscriptionId>${textIn(from, 'SubscriptionId')}</m:SubscriptionId>` +
        `<m:Watermark>${textIn(from, 'Watermark')}</m:Watermark></m:GetEvents>`,
    );
  t.same(codesOf((await stack.post(getEvents(text))).text), ['NoError']);
  await blocked(stack);
  t.same(codesOf((await stack.post(getEvents(text))).text), ['ErrorSubscriptionNotFound']);
  const again = (await stack.post(SUBSCRIBE)).text;
  t.same(codesOf((await stack.post(getEvents(again))).text), ['NoError']);
});
