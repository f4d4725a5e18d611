import t from 'tap';
import { codesOf, linesOf, startDifferential, withoutKnown } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE, BOB, mail } from '../../support/stack.ts';

const FORMATS = ['EwsId', 'EwsLegacyId', 'EntryId', 'HexEntryId', 'StoreId', 'OwaId'];

t.test('ConvertId knows every format as Exchange does', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const { id } = await mailbox.deliver(mail('converted'));
  const convert = (ids: string, to: string): string =>
    envelope(`<m:ConvertId DestinationFormat="${to}"><m:SourceIds>${ids}</m:SourceIds></m:ConvertId>`);
  const alternate = (of: string, format: string): string =>
    `<t:AlternateId Format="${format}" Id="${of}" Mailbox="x@y"/>`;
  for (const to of FORMATS) {
    const ids =
      alternate(id, 'EwsId') +
      alternate('', 'EwsId') +
      alternate('DUMMY', 'EntryId') +
      '<t:AlternatePublicFolderId Format="EwsId" FolderId="x"/>';
    const [direct, through] = [await ews(convert(ids, to)), await graph.post(convert(ids, to))];
    t.same(codesOf(through.text), [
      'NoError',
      'ErrorInvalidIdEmpty',
      'ErrorInvalidIdMalformed',
      'ErrorInvalidOperation',
    ]);
    const words = [/<m:MessageText>[^<]*<\/m:MessageText>/g, 'of its own'] as const;
    t.same(withoutKnown(through.text, [words]), withoutKnown(direct.text, [words]), to);
  }
});

t.test('ResolveNames gives a contact where one is asked for', async (t) => {
  const { graph, ews } = await startDifferential(t);
  const resolve = (name: string, isFull: boolean): string =>
    envelope(
      `<m:ResolveNames ReturnFullContactData="${isFull}"><m:UnresolvedEntry>${name}</m:UnresolvedEntry>` +
        '</m:ResolveNames>',
    );
  for (const name of [ALICE, BOB])
    for (const isFull of [false, true]) {
      const [direct, through] = [await ews(resolve(name, isFull)), await graph.post(resolve(name, isFull))];
      const aliases = [/<t:Entry Key="EmailAddress[23]">[^<]*<\/t:Entry>/g, 'Graph tells no aliases'] as const;
      t.same(withoutKnown(through.text, [aliases]), withoutKnown(direct.text, [aliases]), `${name}, ${isFull}`);
      t.equal(linesOf(through.text).includes('<t:Contact>'), isFull);
    }
});
