import t from 'tap';
import { startGraph } from './graph-client.ts';

t.test('segments, actions and methods that there are not', async (t) => {
  const { ask, deliver } = await startGraph(t);
  const id = await deliver();
  const unknown = await ask('~/mailboxes');
  t.equal(unknown.status, 400);
  t.equal(unknown.code, 'BadRequest');
  t.equal(unknown.json.error?.message, "Resource not found for the segment 'mailboxes'.");
  t.equal((await ask(`~/messages/${id}/markAsRead`, { method: 'POST', body: {} })).code, 'RequestBroker--ParseUri');
  t.equal((await ask('~/mailFolders/inbox/emptyFolder', { method: 'POST', body: {} })).code, 'RequestBroker--ParseUri');
  t.equal((await ask(`~/messages/${id}`, { method: 'PUT', body: {} })).status, 405);
  t.equal(
    (await ask('~/messages/delta')).json.error?.message,
    "Change tracking is not supported against 'microsoft.graph.message'.",
  );
  const { origin } = (await startGraph(t)).simulator.graph;
  t.ok(origin.startsWith('https://'));
});

t.test('paths may be written in the other ways that OData has', async (t) => {
  const { ask, deliver } = await startGraph(t);
  await deliver();
  t.equal((await ask("/users('alice@contoso.test')/MAILFOLDERS('inbox')/messages")).json.value?.length, 1);
  t.equal((await ask('~/mailFolders/inbox/messages/microsoft.graph.delta()')).status, 200);
});

t.test('properties that there are not', async (t) => {
  const { ask, deliver, simulator } = await startGraph(t);
  const id = await deliver();
  const text = "Could not find a property named 'isJunk' on type 'microsoft.graph.message'.";
  const answer = await ask(`~/messages/${id}?$select=isJunk`);
  t.same([answer.status, answer.code, answer.json.error?.message], [400, 'RequestBroker--ParseUri', text]);
  t.equal((await ask(`~/messages/${id}?$select=Subject`)).status, 400, 'names are case-sensitive');
  t.equal((await ask(`~/messages/${id}?$select=meetingMessageType`)).status, 400, 'of a derived type');
  t.equal((await ask(`~/messages/${id}?$expand=body`)).status, 400, 'no navigation');
  t.equal((await ask(`~/messages/${id}?$expand=singleValueExtendedProperties`)).status, 400, 'no filter');
  t.equal((await ask('~/mailFolders/inbox?$select=wellKnownName')).status, 400);
  t.equal((await ask(`~/messages/${id}/attachments?$select=contentId`)).status, 400);
  const cast = `~/messages/${id}/attachments?$select=microsoft.graph.fileAttachment/contentId`;
  t.equal((await ask(cast)).status, 200);
  simulator.graph.behaviour = { ...simulator.graph.behaviour, castInSelect: 'refused', unknownProperty: 'BadRequest' };
  t.equal((await ask(cast)).json.error?.message?.startsWith('Parsing OData Select and Expand failed: '), true);
});

t.test('members and types of bodies', async (t) => {
  const { ask, deliver, simulator } = await startGraph(t);
  const id = await deliver();
  const patch = (body: object) => ask(`~/messages/${id}`, { method: 'PATCH', body });
  const answer = await patch({ isFlagged: true });
  t.same([answer.status, answer.code], [400, 'UnableToDeserializePostBody']);
  t.equal(answer.json.error?.message, 'were unable to deserialize ');
  for (const body of [
    { isRead: 'true' },
    { categories: 'Done' },
    { importance: 'urgent' },
    { flag: { flagStatus: 'flagged', dueDateTime: '2026-11-24' } },
    { toRecipients: [{ address: 'a@b' }] },
    { receivedDateTime: 'yesterday' },
  ])
    t.equal((await patch(body)).code, 'UnableToDeserializePostBody', JSON.stringify(body));
  t.equal(
    (await ask(`~/messages/${id}`, { method: 'PATCH', body: '[]', headers: { 'content-type': 'application/json' } }))
      .status,
    400,
  );
  t.equal((await ask(`~/messages/${id}/move`, { method: 'POST', body: { target: 'inbox' } })).code, 'RequestBodyRead');
  t.equal((await ask(`~/messages/${id}`, { method: 'PATCH', body: '{}' })).status, 415);
  simulator.graph.behaviour = { ...simulator.graph.behaviour, unknownMember: 'RequestBodyRead' };
  t.match(
    (await patch({ isFlagged: true })).json.error?.message,
    /does not exist on type 'Microsoft.OutlookServices.Message'/,
  );
});
