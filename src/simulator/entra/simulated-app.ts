/** An app registration of the simulated Entra. */
import type { SignInAudience } from './personal-accounts.ts';

export interface SimulatedApp {
  readonly tenantId: string;
  readonly clientId: string;
  readonly secrets: readonly { readonly value: string; readonly expired?: boolean }[];
  /** PEM certificates uploaded to the registration. */
  readonly certificates?: readonly string[];
  /** Application permissions with admin consent; default: full_access_as_app. */
  readonly roles?: readonly string[];
  /** The same for Microsoft Graph; default: none. */
  readonly graphRoles?: readonly string[];
  /** Which accounts may use it; default: those of organizations. */
  readonly accounts?: SignInAudience;
  /** Delegated scopes, in full, that an administrator has consented to for all users; default: none. */
  readonly adminConsent?: readonly string[];
  /** 'Allow public client flows' in the portal; without it nobody can sign in with a device code. */
  readonly publicClient?: boolean;
}
