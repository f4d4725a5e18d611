/**
 * What Entra's error numbers mean to the administrator of a gateway, and what to do: the one table of
 * them.
 *
 * Only the number is used: Microsoft warns that texts change, and the `error` field has been seen
 * to differ for one and the same number.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */

export interface AadstsExplanation {
  /** What is wrong, without a full stop. `{registration}`, `{client}` and `{tenant}` are filled in. */
  readonly text: string;
  /** What to do, without a full stop; filled in likewise. */
  readonly remedy: string;
  /** Whether trying again can help without anybody changing anything. */
  readonly transient: boolean;
  /** Whether a delegated sign-in is over, so that only its user can renew it. */
  readonly needsNewSignIn: boolean;
  /** Whether another client secret may be taken where this one is not. */
  readonly wrongSecret: boolean;
  /** Whether a token with fewer permissions may be given: not all that were asked for were consented to. */
  readonly lacksConsent: boolean;
}

type Traits = Partial<Pick<AadstsExplanation, 'transient' | 'needsNewSignIn' | 'wrongSecret' | 'lacksConsent'>>;

const NEW_SIGN_IN: Traits = { needsNewSignIn: true };
const LACKS_CONSENT: Traits = { needsNewSignIn: true, lacksConsent: true };
const WRONG_SECRET: Traits = { wrongSecret: true };
const TRANSIENT: Traits = { transient: true };

const OF = "of registration '{registration}'";
const BAD_SCOPE = `The scope ${OF} is not valid`;
const SCOPE_REMEDY = 'it must be the EWS host followed by /.default';
const CONDITIONAL_ACCESS = `A Conditional Access policy of tenant {tenant} blocks app {client} ${OF}`;
const CONDITIONAL_ACCESS_REMEDY =
  'exclude the app from the policy for workload identities, ' +
  "or add this gateway's public IP address to its named locations";
const NO_CONSENT = `Nobody has granted app {client} ${OF} its permission`;
const NO_CONSENT_REMEDY =
  'add the application permission full_access_as_app of Office 365 Exchange Online ' +
  "and press 'Grant admin consent'";
const COPY_TENANT = 'copy the Directory (tenant) ID from the Overview page of the app registration';

/** Several numbers may mean the same. */
function rows(
  numbers: readonly number[],
  text: string,
  remedy: string,
  traits: Traits = {},
): (readonly [number, AadstsExplanation])[] {
  const none = { transient: false, needsNewSignIn: false, wrongSecret: false, lacksConsent: false };
  const explanation = { text, remedy, ...none, ...traits };
  return numbers.map((number) => [number, explanation]);
}

const TABLE: ReadonlyMap<number, AadstsExplanation> = new Map([
  ...rows(
    [7000215],
    `The client secret ${OF} is wrong`,
    'often the Secret ID was copied instead of the Value. Create a new secret for app {client} and copy its Value',
    WRONG_SECRET,
  ),
  ...rows(
    [7000222],
    `The client secret ${OF} has expired`,
    'create a new one for app {client} under Certificates & secrets ' +
      'and put its Value where the configuration refers to',
    WRONG_SECRET,
  ),
  ...rows(
    [7000216],
    `Entra received no credential for registration '{registration}'`,
    'configure a client secret or a certificate for app {client}',
  ),
  ...rows(
    [7000218],
    `App {client} ${OF} may not sign in like this`,
    "switch on 'Allow public client flows' under Authentication, or give it a secret or certificate",
  ),
  ...rows(
    [700016, 700011],
    `App {client} ${OF} does not exist in tenant {tenant}`,
    'compare both ids with the Overview page of the app registration; they must come from the same one',
  ),
  ...rows(
    [70001],
    `App {client} ${OF} is disabled or was not found in tenant {tenant}`,
    'enable it under Enterprise applications',
  ),
  ...rows(
    [7000112],
    `App {client} ${OF} is disabled in tenant {tenant}`,
    "enable it under Enterprise applications, Properties, 'Enabled for users to sign-in'",
  ),
  ...rows(
    [90002],
    `Tenant {tenant} ${OF} does not exist`,
    "check the tenant id, and 'cloud' if the tenant lives in a national cloud",
  ),
  ...rows([900023], `The tenant id {tenant} ${OF} is not valid`, COPY_TENANT),
  ...rows([50059], `The tenant id ${OF} is missing or not recognised`, COPY_TENANT),
  ...rows([90038], `Tenant {tenant} ${OF} lives in another national cloud`, "set 'cloud' to gcchigh, dod or china"),
  ...rows(
    [700027, 700030, 50012],
    `Entra does not know the certificate ${OF}`,
    'upload its public part under Certificates & secrets of app {client}, ' +
      'and check that the configured file is the uploaded one',
  ),
  ...rows(
    [700024, 500133],
    `The clock of this machine is off, so Entra refuses the signature ${OF}`,
    'set the time (NTP) and try again',
  ),
  ...rows([53000, 53001, 53002], CONDITIONAL_ACCESS, CONDITIONAL_ACCESS_REMEDY),
  ...rows([53003, 530003], CONDITIONAL_ACCESS, CONDITIONAL_ACCESS_REMEDY, NEW_SIGN_IN),
  ...rows([650056, 650057], NO_CONSENT, NO_CONSENT_REMEDY),
  ...rows([65001], NO_CONSENT, NO_CONSENT_REMEDY, LACKS_CONSENT),
  ...rows(
    [500011],
    `Tenant {tenant} ${OF} has no Exchange Online, or 'scope' names the wrong host`,
    "check 'cloud' and 'endpoints'",
  ),
  ...rows([70011, 1002012], BAD_SCOPE, SCOPE_REMEDY),
  ...rows([50034], `The user ${OF} is not in tenant {tenant}`, 'check the tenant id and the address'),
  ...rows(
    [50074, 50076, 50078, 50079],
    `The account ${OF} must confirm its sign-in with a second factor`,
    'sign in again interactively',
    NEW_SIGN_IN,
  ),
  ...rows([700082, 700084, 70008, 50173, 70043], `The sign-in ${OF} is no longer valid`, 'sign in again', NEW_SIGN_IN),
  // Personal accounts have one number for both.
  ...rows([70000], `The sign-in ${OF} is over, or does not cover what is asked for`, 'sign in again', LACKS_CONSENT),
  ...rows(
    [9002331],
    `App {client} ${OF} is for personal accounts only`,
    'set tenantId: consumers, or let the app have accounts of organizations too',
  ),
  ...rows(
    [9002332],
    `App {client} ${OF} is not for personal accounts`,
    "set its 'Supported account types' to one that includes personal Microsoft accounts",
  ),
  ...rows(
    [9002313],
    `Entra calls the request ${OF} malformed`,
    'check tenant id, client id and scope for stray characters',
  ),
  ...rows(
    [50196],
    `Entra sees too many token requests ${OF}`,
    'something else may use the same app in a loop; the gateway waits',
    TRANSIENT,
  ),
  ...rows([90055], `Entra throttles tenant {tenant} ${OF}`, 'the gateway waits', TRANSIENT),
  ...rows(
    [90033, 90024, 90006, 90012, 50033],
    `Entra has a passing problem with registration '{registration}'`,
    'nothing needs to be done, the gateway tries again',
    TRANSIENT,
  ),
]);

/** Every number that has an explanation. */
export function explainedNumbers(): number[] {
  return [...TABLE.keys()];
}

/** The first error number a text mentions as AADSTSnnn, if any. */
export function aadstsNumber(text: string): number | undefined {
  const match = /AADSTS(\d{4,8})/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/**
 * @param number Entra's error number
 * @param names what to call the registration and its ids; without them the places stay open
 * @returns what it means, undefined where the number is unknown
 */
export function explainAadsts(
  number: number | undefined,
  names?: { readonly registration: string; readonly client: string; readonly tenant: string },
): AadstsExplanation | undefined {
  const explanation = number === undefined ? undefined : TABLE.get(number);
  if (explanation === undefined || names === undefined) return explanation;
  const fill = (text: string): string =>
    text.replace(/\{(registration|client|tenant)\}/g, (_, key: keyof typeof names) => names[key]);
  return { ...explanation, text: fill(explanation.text), remedy: fill(explanation.remedy) };
}
