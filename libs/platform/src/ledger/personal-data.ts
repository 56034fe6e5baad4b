/** Keeps people's texts under a key of each person's own. Injected by {@link PERSONAL_DATA}. */
export interface PersonalData {
  /** Encrypts a text; see {@link CommandPreparation.seal}, by which commands do it. */
  seal(personId: string, field: string, text: string): Promise<string>;
  /**
   * The text behind the ciphertext of a person's field; null when the person was erased, and nobody can open it any more.
   * @param personId as it was sealed: `<accountId>/<contactId>`
   * @param field as it was sealed: `name`, `email`, …
   */
  open(personId: string, field: string, sealed: string): Promise<string | null>;
}

/** Nest injection token of {@link PersonalData}. */
export const PERSONAL_DATA = Symbol('PersonalData');
