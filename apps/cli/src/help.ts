export const HELP = `keyledger: the command line of a ledger

  keyledger import FILE --kind KIND [options]   record a file of facts
  keyledger verify                              recompute every hash of the log
  keyledger copy --from PLACE --to PLACE        move a ledger, or bring a copy up to date
  keyledger backup FOLDER                       back the ledger up while it runs
  keyledger restore BACKUP --to PLACE           make a ledger of a verified backup
  keyledger rebuild [NAME…] [options]           make read models anew beside those that serve
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

Verify, copy, backup, restore
  PLACE              a data folder; esdb://… and mongodb://…; one of these with a folder; or env
  --from PLACE       verify and backup: another ledger than the environment's
  --from-prefix P, --to-prefix P   before the streams on a server, where it is not KEYLEDGER_STREAM_PREFIX
  --positions FILE   copy and restore: the map from old to new positions (CSV)
  --compare-all      copy: compare everything again, not only what came since the last run
  --rebuild          copy: make the read models there at the end
  --with-read-models backup: with the embedded read models
  --json             verify: print the answer as JSON

  A copy that was interrupted goes on when it is run again, and takes what is new. docs/guides/moving.md
  and docs/guides/backup.md say more.

Rebuild
  NAME               read models, such as orders; default: all, or those of the rebuild that waits
  --no-switch        make and compare only; the next run switches
  --accept-differences   switch although documents differ from those that serve
  --rollback         go back to what served before the last rebuild
  --drop-old         drop what served before, instead of keeping it to go back to
  --abandon          give up the rebuild that waits or runs; what serves goes on serving
  --json             print the answer as JSON

  What serves is not touched until all is made, compared and equal; an interrupted rebuild goes on when
  it is run again. docs/guides/rebuilding.md says more.

The ledger is the one that the environment names: KEYLEDGER_DATA_DIR (default ./data), EVENTSTOREDB_URL,
MONGODB_URL, KEYLEDGER_BASE_CURRENCY, KEYLEDGER_TIME_ZONE. docs/guides/importing.md says more.

Exit codes: 0 all good · 1 something was rejected or failed · 2 the command line makes no sense ·
130 called off by a signal`;
