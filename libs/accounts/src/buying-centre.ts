import type { BuyingRole } from './accounts.events.js';

/** What of a contact the buying-centre map is made of. */
export interface MappedContact {
  readonly contactId: string;
  readonly role: BuyingRole;
  /** −2 to 2; null: unknown. */
  readonly attitude: number | null;
  readonly departed: boolean;
}

/**
 * `no-executive-sponsor`, `no-decision-maker`: nobody there has that role · `champion-departed`: a contact with an attitude
 * of 1 or more has left, and nobody there with such an attitude has the same role.
 */
export type BuyingCentreGap =
  | { readonly gap: 'no-executive-sponsor' | 'no-decision-maker' }
  | { readonly gap: 'champion-departed'; readonly contactId: string };

export interface BuyingCentre {
  /** Ids of the contacts that are there, by role. */
  readonly roles: Readonly<Record<BuyingRole, readonly string[]>>;
  readonly gaps: readonly BuyingCentreGap[];
}

/** From this attitude on a contact is a champion. */
const CHAMPION = 1;

/** Who stands where in the customer's decisions, and who is missing. */
export function buyingCentre(contacts: readonly MappedContact[]): BuyingCentre {
  const present = contacts.filter(({ departed }) => !departed);
  const idsOf = (role: BuyingRole) => present.filter((each) => each.role === role).map(({ contactId }) => contactId);
  const roles = {
    sponsor: idsOf('sponsor'),
    'decision-maker': idsOf('decision-maker'),
    approver: idsOf('approver'),
    influencer: idsOf('influencer'),
    purchaser: idsOf('purchaser'),
    user: idsOf('user'),
  };
  const champions = contacts.filter(({ attitude }) => attitude !== null && attitude >= CHAMPION);
  const missed = champions.filter(
    ({ departed, role }) => departed && !champions.some((other) => !other.departed && other.role === role),
  );
  return {
    roles,
    gaps: [
      ...(roles.sponsor.length === 0 ? [{ gap: 'no-executive-sponsor' } as const] : []),
      ...(roles['decision-maker'].length === 0 ? [{ gap: 'no-decision-maker' } as const] : []),
      ...missed.map(({ contactId }) => ({ gap: 'champion-departed', contactId }) as const),
    ],
  };
}
