/** What expires or ends when, known without asking anybody. */
import type { RegistrationConfig } from '../../config/types.ts';
import { daysUntil } from '../../days.ts';
import { ewsDaysLeft, ewsEndText } from '../../ews-end.ts';
import { count } from '../../quantity.ts';
import { bad, ok, warn, type CheckLine } from '../check-line.ts';

const WARN_DAYS = 30;
/** From half a year before on. */
const EWS_WARN_DAYS = 180;

/**
 * @param now milliseconds since the epoch
 * @param usesEws whether a caller is still answered by EWS, whose end then concerns the registration
 */
export function checkEnds(
  { name, clientId, credential, ewsUrl }: RegistrationConfig,
  now = Date.now(),
  usesEws = true,
): CheckLine[] {
  const lines: CheckLine[] = [];
  if (credential.kind !== 'none') {
    const what = credential.kind === 'certificate' ? 'certificate' : 'client secret';
    if (credential.notAfter === undefined) {
      lines.push(
        warn(
          name,
          `When the ${what} expires is not known, so that nobody can be warned.`,
          'Add the day that Entra shows to the configuration: credential: { secret: …, expires: "2027-01-31" }',
        ),
      );
    } else {
      const days = daysUntil(credential.notAfter, now);
      const remedy =
        `Make a new one for app ${clientId} under Certificates & ` +
        `secrets${what === 'client secret' ? '; put it into nextSecret until the old one has expired' : ''}.`;
      if (days < 0) lines.push(bad(name, `The ${what} has expired.`, remedy));
      else if (days <= WARN_DAYS) lines.push(warn(name, `The ${what} expires in ${count(days, 'day')}.`, remedy));
      else lines.push(ok(name, `the ${what} is good for ${count(days, 'day')}`));
    }
  }
  const days = usesEws ? ewsDaysLeft(ewsUrl, now) : undefined;
  if (days !== undefined) {
    if (days <= 0)
      lines.push(bad(name, `Exchange Online has had no EWS since ${ewsEndText()}.`, 'See docs/migration.md.'));
    else if (days <= EWS_WARN_DAYS)
      lines.push(
        warn(
          name,
          `EWS in Exchange Online ends in ${count(days, 'day')}, on ${ewsEndText()}.`,
          'See docs/migration.md for what to do until then.',
        ),
      );
  }
  return lines;
}
