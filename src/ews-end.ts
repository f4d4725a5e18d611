/**
 * The end of EWS in Exchange Online. Here, so that every folder may name it and no two differ.
 *
 * Microsoft announced it in message center post MC1227454 and on the Exchange team's blog.
 *
 * @see https://techcommunity.microsoft.com/blog/exchange/exchange-online-ews-your-time-is-almost-up/4492361
 */
import { isExchangeOnline } from './clouds.ts';
import { DAY } from './days.ts';

/** From this moment on Exchange Online has no EWS, for nobody; Exchange Server keeps it. */
export const EWS_END = new Date('2027-04-01T00:00:00Z');

let endText: string | undefined;

/** The day as it stands in texts: `1 April 2027`. Made once: a formatter of dates is dear. */
export function ewsEndText(): string {
  endText ??= EWS_END.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  return endText;
}

/**
 * @param now milliseconds since the epoch
 * @returns days until EWS ends, 0 or less once it has; undefined where the address is not Exchange Online's
 */
export function ewsDaysLeft(ewsUrl: string, now: number): number | undefined {
  return isExchangeOnline(ewsUrl) ? Math.ceil((EWS_END.getTime() - now) / DAY) : undefined;
}
