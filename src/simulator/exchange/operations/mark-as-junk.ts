/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/markasjunk-operation */
import { NO_XML, xml } from '../../../ews/xml.ts';
import { itemOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';

/** Moves to Junk Email and back; the list of blocked senders is not simulated. */
export const markAsJunk: Operation = {
  name: 'MarkAsJunk',
  answer: (context) => {
    const { mailbox, request } = context;
    const isTrue = (name: string): boolean => /^(?:true|1)$/.test(request.attributes.get(name) ?? '');
    return answerEach('MarkAsJunk', listOf(context, 'ItemIds'), (id) => {
      const item = itemOf(context, id);
      if (!isTrue('MoveItem')) return NO_XML;
      const moved = mailbox.move(item.id, isTrue('IsJunk') ? 'junkemail' : 'inbox');
      return xml`<m:MovedItemId Id="${moved.id}" ChangeKey="${moved.changeKey}"/>`;
    });
  },
};
