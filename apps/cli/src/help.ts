export const HELP = `keyledger: the command line of a ledger

  keyledger import FILE --kind KIND [options]   record a file of facts
  keyledger demo                                load a small sample and print its ranking
  keyledger help                                print this
  keyledger --version                           print the version

Import
  FILE               CSV with a header, or one JSON object a line; .gz is read as it is
  --kind KIND        orders, credit-notes, visits, surveys, accounts or exchange-rates
  --map MAP.json     how the file's own columns become those of the kind (see samples/)
  --format FORMAT    csv or ndjson, where the file's name does not tell
  --dry-run          check the file and record nothing; no ledger is opened
  --on-error WHAT    after a rejected document: skip (go on, the default) or stop
  --json             print the answer as JSON

  Running the same import again records nothing twice: what is known already is skipped. So an import
  that was interrupted is finished by running it again.

The ledger is the one that the environment names: KEYLEDGER_DATA_DIR (default ./data), EVENTSTOREDB_URL,
MONGODB_URL, KEYLEDGER_BASE_CURRENCY, KEYLEDGER_TIME_ZONE. docs/guides/importing.md says more.

Exit codes: 0 all good · 1 something was rejected or failed · 2 the command line makes no sense ·
130 called off by a signal`;
