/** What keeps a ledger from being moved, backed up or restored; the message is a sentence for a person. */
export class TransferRefused extends Error {
  override readonly name = 'TransferRefused';
}
