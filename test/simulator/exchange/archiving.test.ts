import t from 'tap';
import { findItem, itemIdOf, startExchange } from '../../support/simulated-exchange.ts';
import { mail } from '../../support/stack.ts';

t.test('ArchiveItem moves to the folder that it names', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  const [mailbox] = simulator.exchange.mailboxes;
  await mailbox?.deliver(mail('old'));
  const id = itemIdOf(await call(findItem()));
  const archive = (folder: string): string =>
    `<m:ArchiveItem><m:ArchiveSourceFolderId><t:DistinguishedFolderId Id="${folder}"/></m:ArchiveSourceFolderId>` +
    `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:ArchiveItem>`;
  t.match(await call(archive('deleteditems')), /NoError/);
  t.equal(mailbox?.counts('deleteditems').total, 1);
  t.match(await call(archive('deleteditems')), /ErrorItemNotFound/);
  keepForSchemas();
});
