/**
 * Runs a mailbox test inside the gateway, along the whole path of a request but for its sign-in: the
 * administrator vouches for the caller.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { inject } from 'light-my-request';
import type { AffectedCaller } from '../diagnosis/explanations.ts';
import { testMailbox, type MailboxTestResult } from '../diagnosis/mailbox-test.ts';
import { VERSION } from '../version.ts';
import type { Activity } from '../telemetry/activity.ts';
import type { AdministeredRuntime, RouteAs } from './admin-options.ts';

/**
 * @param route the EWS route, for a caller who is signed in
 * @returns undefined where nobody has this user name
 */
export async function runMailboxTest(
  username: string,
  {
    runtime,
    route,
    activity,
  }: { readonly runtime: AdministeredRuntime; readonly route: RouteAs; readonly activity: Activity },
): Promise<MailboxTestResult | undefined> {
  const caller = runtime.authenticator.callerNamed(username);
  if (caller === undefined) return undefined;
  const { config, backend } = runtime.registrationOf(caller);
  const affected: AffectedCaller = {
    username: caller.username,
    mailbox: caller.mailbox,
    clientId: config.clientId,
    registration: config.name,
    backend: backend.serviceOf(caller.mailbox),
    flow: config.flow,
  };
  const headers = {
    'host': 'localhost',
    'content-type': 'text/xml; charset=utf-8',
    'user-agent': `ews-gateway-test/${VERSION}`,
  };
  return testMailbox(
    {
      send: async (body) => {
        const { statusCode, payload } = await inject(
          (request, response) =>
            route(request as unknown as IncomingMessage, response as unknown as ServerResponse, caller),
          { method: 'POST', url: '/ews/exchange.asmx', headers, payload: body },
        );
        return { status: statusCode, text: payload };
      },
      lookUp: async (id) => (id === undefined ? undefined : activity.find(id)),
    },
    affected,
  );
}
