/** Messages whose ids are known, read in batches. */
import type { BatchStep } from '../service/batch.ts';
import type { MailboxCalls } from '../service/mailbox-calls.ts';
import type { MessageQuery } from './message-query.ts';
import { withQuery } from '../service/paths.ts';
import type { GraphMessage } from '../properties/graph-property.ts';

/**
 * @param ids in Graph's alphabet
 * @returns the messages in this order; those that are gone are left out
 * @throws GraphError or GatewayError
 */
export async function messagesById(
  calls: MailboxCalls,
  ids: readonly string[],
  { $select, $expand }: MessageQuery,
): Promise<GraphMessage[]> {
  const steps = ids.map((id): BatchStep => ({
    method: 'GET',
    path: withQuery(`/messages/${id}`, { $select, $expand }),
  }));
  const results = await calls.batch<GraphMessage>(steps);
  return results.flatMap((result) => {
    if ('value' in result) return [result.value];
    if (result.error.status === 404) return [];
    throw result.error;
  });
}
