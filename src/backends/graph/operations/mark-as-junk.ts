/**
 * MarkAsJunk: moves to Junk Email and back. The list of blocked senders is not reached through Graph.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/markasjunk-operation
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { NO_XML, xml, type XmlFragment } from '../../../ews/xml.ts';
import { isTrue } from '../writing/new-message.ts';
import { messages, type Operation } from '../operation.ts';
import { distinguished, itemTarget } from '../targets.ts';
import { move } from './move-item.ts';

export const markAsJunk: Operation = (context) => {
  const { request } = context;
  const isSet = (name: string): boolean => isTrue(request.attributes.get(name));
  const handle = async (id: EwsElement): Promise<XmlFragment> => {
    const item = await itemTarget(context, id);
    if (!isSet('MoveItem')) {
      await item.scope.calls.get(`/messages/${item.segment}`, { $select: 'id' });
      return NO_XML;
    }
    const target = distinguished(item.scope, isSet('IsJunk') ? 'junkemail' : 'inbox');
    const moved = await move(context, item, target);
    return xml`<m:MovedItemId Id="${toEwsAlphabet(moved.id)}" ChangeKey="${moved.changeKey}"/>`;
  };
  return messages('MarkAsJunk', children(child(request, 'ItemIds')), 'item', handle, { writes: true });
};
