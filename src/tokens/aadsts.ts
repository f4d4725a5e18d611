/**
 * What Entra's error numbers mean to the administrator of a gateway, and what to do.
 *
 * Only the number is used: Microsoft warns that texts change, and the `error` field has been seen
 * to differ for one and the same number.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */

export interface AadstsExplanation {
  /** One sentence with the remedy. `{registration}`, `{client}` and `{tenant}` are filled in. */
  readonly text: string;
  /** Whether trying again can help without anybody changing anything. */
  readonly transient: boolean;
}

const permanent = (text: string): AadstsExplanation => ({ text, transient: false });
const transient = (text: string): AadstsExplanation => ({ text, transient: true });

const WRONG_CERTIFICATE = permanent(
  "Entra does not know the certificate of registration '{registration}': upload its public part under Certificates & secrets of app {client}, and check that the configured file is the uploaded one.",
);
const CONDITIONAL_ACCESS = permanent(
  "A Conditional Access policy of tenant {tenant} blocks app {client} of registration '{registration}': exclude the app from the policy for workload identities, or add this gateway's public IP address to its named locations.",
);
const NO_CONSENT = permanent(
  "Nobody has granted app {client} of registration '{registration}' its permission: add the application permission full_access_as_app of Office 365 Exchange Online and press 'Grant admin consent'.",
);
const SIGN_IN_AGAIN = permanent("The sign-in of registration '{registration}' is no longer valid: sign in again.");
const NEEDS_MFA = permanent(
  "The account of registration '{registration}' must confirm its sign-in with a second factor: sign in again interactively.",
);
const APP_UNKNOWN = permanent(
  "App {client} of registration '{registration}' does not exist in tenant {tenant}: compare both ids with the Overview page of the app registration; they must come from the same one.",
);
const CLOCK = permanent(
  "The clock of this machine is off, so Entra refuses the signature of registration '{registration}': set the time (NTP) and try again.",
);
const PASSING = transient(
  "Entra has a passing problem with registration '{registration}': nothing needs to be done, the gateway tries again.",
);

const EXPLANATIONS: ReadonlyMap<number, AadstsExplanation> = new Map([
  [
    7000215,
    permanent(
      "The client secret of registration '{registration}' is wrong: often the Secret ID was copied instead of the Value. Create a new secret for app {client} and copy its Value.",
    ),
  ],
  [
    7000222,
    permanent(
      "The client secret of registration '{registration}' has expired: create a new one for app {client} under Certificates & secrets and put its Value where the configuration refers to.",
    ),
  ],
  [
    7000216,
    permanent(
      "Entra received no credential for registration '{registration}': configure a client secret or a certificate for app {client}.",
    ),
  ],
  [
    7000218,
    permanent(
      "App {client} of registration '{registration}' may not sign in like this: switch on 'Allow public client flows' under Authentication, or give it a secret or certificate.",
    ),
  ],
  [700016, APP_UNKNOWN],
  [700011, APP_UNKNOWN],
  [
    70001,
    permanent(
      "App {client} of registration '{registration}' is disabled or was not found in tenant {tenant}: enable it under Enterprise applications.",
    ),
  ],
  [
    7000112,
    permanent(
      "App {client} of registration '{registration}' is disabled in tenant {tenant}: enable it under Enterprise applications, Properties, 'Enabled for users to sign-in'.",
    ),
  ],
  [
    90002,
    permanent(
      "Tenant {tenant} of registration '{registration}' does not exist: check the tenant id, and 'cloud' if the tenant lives in a national cloud.",
    ),
  ],
  [
    900023,
    permanent(
      "The tenant id {tenant} of registration '{registration}' is not valid: copy the Directory (tenant) ID from the Overview page of the app registration.",
    ),
  ],
  [
    50059,
    permanent(
      "The tenant id of registration '{registration}' is missing or not recognised: copy the Directory (tenant) ID from the Overview page of the app registration.",
    ),
  ],
  [
    90038,
    permanent(
      "Tenant {tenant} of registration '{registration}' lives in another national cloud: set 'cloud' to gcchigh, dod or china.",
    ),
  ],
  [700027, WRONG_CERTIFICATE],
  [700030, WRONG_CERTIFICATE],
  [50012, WRONG_CERTIFICATE],
  [700024, CLOCK],
  [500133, CLOCK],
  [53000, CONDITIONAL_ACCESS],
  [53001, CONDITIONAL_ACCESS],
  [53002, CONDITIONAL_ACCESS],
  [53003, CONDITIONAL_ACCESS],
  [65001, NO_CONSENT],
  [650056, NO_CONSENT],
  [650057, NO_CONSENT],
  [
    500011,
    permanent(
      "Tenant {tenant} of registration '{registration}' has no Exchange Online, or 'scope' names the wrong host: check 'cloud' and 'endpoints'.",
    ),
  ],
  [
    70011,
    permanent(
      "The scope of registration '{registration}' is not valid: it must be the EWS host followed by /.default.",
    ),
  ],
  [
    1002012,
    permanent(
      "The scope of registration '{registration}' is not valid: it must be the EWS host followed by /.default.",
    ),
  ],
  [
    50034,
    permanent(
      "The user of registration '{registration}' is not in tenant {tenant}: check the tenant id and the address.",
    ),
  ],
  [50074, NEEDS_MFA],
  [50076, NEEDS_MFA],
  [50079, NEEDS_MFA],
  [700082, SIGN_IN_AGAIN],
  [70008, SIGN_IN_AGAIN],
  [50173, SIGN_IN_AGAIN],
  [70043, SIGN_IN_AGAIN],
  [
    9002313,
    permanent(
      "Entra calls the request of registration '{registration}' malformed: check tenant id, client id and scope for stray characters.",
    ),
  ],
  [
    50196,
    transient(
      "Entra sees too many token requests of registration '{registration}': something else may use the same app in a loop; the gateway waits.",
    ),
  ],
  [90055, transient("Entra throttles tenant {tenant} of registration '{registration}': the gateway waits.")],
  [90033, PASSING],
  [90024, PASSING],
  [90006, PASSING],
  [90012, PASSING],
  [50033, PASSING],
]);

/** Every number that has an explanation. */
export function explainedNumbers(): number[] {
  return [...EXPLANATIONS.keys()];
}

/** The first error number a text mentions as AADSTSnnn, if any. */
export function aadstsNumber(text: string): number | undefined {
  const match = /AADSTS(\d{4,8})/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/**
 * @param number Entra's error number
 * @param names what to call the registration and its ids
 * @returns the sentence for the administrator and whether the problem passes by itself; undefined where the number is unknown
 */
export function explainAadsts(
  number: number,
  names: { readonly registration: string; readonly client: string; readonly tenant: string },
): AadstsExplanation | undefined {
  const explanation = EXPLANATIONS.get(number);
  if (explanation === undefined) return undefined;
  const text = explanation.text.replace(
    /\{(registration|client|tenant)\}/g,
    (_, key: keyof typeof names) => names[key],
  );
  return { ...explanation, text: `${text.slice(0, -1)} (AADSTS${number}).` };
}
