/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getitem-operation */
import { itemOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { itemsOf, itemView } from '../views.ts';

export const getItem: Operation = {
  name: 'GetItem',
  answer: (context) =>
    answerEach('GetItem', listOf(context, 'ItemIds'), async (id) => {
      const item = itemOf(context, id);
      return itemsOf(context.mailbox, item, itemView(context, false));
    }),
};
