/**
 * Autodiscover version 2, which is JSON and asks for one protocol.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxdscli/
 */
const PROTOCOLS = ['AutodiscoverV1', 'Ews'] as const;

export interface JsonAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

/**
 * @param found whether the address may be answered for
 * @param origin of the gateway as the client reaches it
 */
export function jsonAnswer({
  address,
  protocol,
  found,
  origin,
}: {
  readonly address: string | undefined;
  readonly protocol: string | undefined;
  readonly found: boolean;
  readonly origin: string;
}): JsonAnswer {
  if (address === undefined || !/^[^@\s]+@[^@\s]+$/.test(address))
    return failure(400, 'MandatoryParameterMissing', 'A valid smtp address must be provided');
  const name = PROTOCOLS.find((known) => known.toLowerCase() === (protocol ?? '').toLowerCase());
  if (protocol === undefined || protocol === '')
    return failure(
      400,
      'MandatoryParameterMissing',
      "A valid value must be provided for the query parameter 'Protocol'",
    );
  if (name === undefined)
    return failure(
      400,
      'InvalidProtocol',
      `The given protocol value '${protocol.slice(0, 100)}' is invalid. Supported values are '${PROTOCOLS.join(',')}'`,
    );
  if (!found) return failure(404, 'UserNotFound', 'The given user is not found');
  return {
    status: 200,
    body: {
      Protocol: name,
      Url: name === 'Ews' ? `${origin}/EWS/Exchange.asmx` : `${origin}/autodiscover/autodiscover.xml`,
    },
  };
}

function failure(status: number, code: string, message: string): JsonAnswer {
  return { status, body: { ErrorCode: code, ErrorMessage: message } };
}
