import t from 'tap';
import { codesOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { BOB, mail } from '../../support/stack.ts';
import { bobOf, startSending } from './sending.ts';

const update = (id: string, disposition: string): string =>
  envelope(
    `<m:UpdateItem MessageDisposition="${disposition}" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>` +
      `<t:ItemChange><t:ItemId Id="${id}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Importance"/>` +
      '<t:Message><t:Importance>High</t:Importance></t:Message></t:SetItemField></t:Updates></t:ItemChange>' +
      '</m:ItemChanges></m:UpdateItem>',
  );

t.test('UpdateItem sends a draft that it has changed', async (t) => {
  const both = await startSending(t);
  const { graph, ews, mailbox } = both;
  const bob = bobOf(both);
  for (const [name, post] of [
    ['Exchange', ews],
    ['Graph', graph.post],
  ] as const)
    for (const [disposition, kept] of [
      ['SendAndSaveCopy', 1],
      ['SendOnly', 0],
    ] as const) {
      const before = mailbox.counts('sentitems').total;
      const subject = `${disposition} of ${name}`;
      const to = [{ name: '', address: BOB }];
      const { id } = mailbox.add({ subject, bodyText: 'text', to }, 'drafts', { isDraft: true });
      const answer = (await post(update(id, disposition))).text;
      t.same(codesOf(answer), ['NoError'], subject);
      t.match(answer, /<m:Items *\/>|<m:Items><\/m:Items>/, 'what is sent has no id');
      t.equal(mailbox.counts('drafts').total, 0);
      t.equal(mailbox.counts('sentitems').total - before, kept);
      const received = bob.items.list(bob.folders.resolve('inbox').id)[0];
      t.equal(received?.subject, subject);
      t.equal(received?.importance, 'high', 'with the change');
    }
});

t.test('what is no draft is neither changed nor sent', async (t) => {
  const { graph, mailbox } = await startSending(t);
  const { id } = await mailbox.deliver(mail('received'));
  t.same(codesOf((await graph.post(update(id, 'SendAndSaveCopy'))).text), ['ErrorInvalidOperation']);
  t.equal(mailbox.item(id).importance, 'normal');
});
