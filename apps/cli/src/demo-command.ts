import { join } from 'node:path';
import { ReadStoreAccountDirectory } from '#accounts';
import { parseDate } from '#calendar';
import { PolicyCatalog, Populations, Rankings } from '#classification';
import type { ImportKind } from '#imports';
import { type Ledger, openLedger } from '#ledger';
import { divideHalfEven, formatDecimal } from '#money';
import { type Config, ReadProgress, readConfig } from '#platform';
import { EXIT, UsageError } from './exit-codes.js';
import { importFile } from './import-command.js';
import { importSummary } from './import-summary.js';
import { programFolder } from './program-folder.js';
import type { Terminal } from './terminal.js';
import { textTable } from './text-table.js';

interface Sample {
  readonly file: string;
  readonly kind: ImportKind;
  readonly map?: string;
}

const SAMPLES: readonly Sample[] = [
  { file: 'demo/orders.csv', kind: 'orders', map: 'online-retail.map.json' },
  { file: 'demo/accounts.csv', kind: 'accounts' },
  { file: 'demo/visits.csv', kind: 'visits' },
  { file: 'demo/surveys.csv', kind: 'surveys' },
];
/** The last day of the sample's orders. */
const AS_OF = '2011-12-09';
const SHOWN_ROWS = 20;

/** `keyledger demo`: loads the samples into a ledger of their own and prints the ranking of their last day. */
export async function demoCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  if (args.length > 0) throw new UsageError('keyledger demo takes no arguments.');
  const config = demoConfig(terminal.env);
  const ledger = await openLedger(config);
  try {
    const samples = join(programFolder(), 'samples');
    for (const { file, kind, map } of SAMPLES) {
      const started = Date.now();
      const order = {
        file: join(samples, file),
        kind,
        ...(map !== undefined && { mapFile: join(samples, map) }),
        dryRun: false,
        onError: 'skip',
      } as const;
      const answer = await importFile(order, ledger.commands, ledger.settings.calendar, terminal);
      terminal.out(importSummary(answer, (Date.now() - started) / 1_000));
      if (answer.stopped === 'interrupted') return EXIT.interrupted;
      if (answer.stopped !== undefined || answer.documents.rejected > 0) return EXIT.failed;
    }
    await ledger.projectUpToDate();
    terminal.out(await rankingText(ledger));
    terminal.out(startingText(config));
    return EXIT.good;
  } finally {
    await ledger.close();
  }
}

/** Never the ledger that the environment names: a demonstration must not get into anybody's books. */
function demoConfig(env: Terminal['env']): Config {
  const { eventStoreDbUrl: _events, mongoDbUrl: _reads, ...config } = readConfig(env);
  return { ...config, dataDir: join(config.dataDir, 'demo'), baseCurrency: 'GBP', timeZone: 'UTC' };
}

async function rankingText({ metricSources, projections, readStore, settings }: Ledger): Promise<string> {
  const directory = new ReadStoreAccountDirectory(readStore, settings);
  const progress = new ReadProgress(readStore, projections);
  const populations = new Populations(readStore, metricSources, directory, directory, progress);
  const rankings = new Rankings(populations, new PolicyCatalog(readStore, settings));
  const { population, ranking, version } = await rankings.ranking({}, parseDate(AS_OF)!);
  const rows = [...ranking.order.subarray(0, SHOWN_ROWS)].map((index) => {
    const { name } = population.accounts[index]!;
    const metrics = population.metricsOf(index);
    const score = ranking.scores[index]!;
    return [
      String(ranking.ranks[index]! || '–'),
      name,
      ranking.policy.tiers[ranking.tiers[index]!]?.tier ?? '–',
      Number.isNaN(score) ? '–' : score.toFixed(2),
      moneyText(metrics.revenue),
      metrics.activeMonths === null ? '–' : String(metrics.activeMonths),
      metrics.csat === null || metrics.csat === undefined ? '–' : `${Math.round(Number(metrics.csat))} %`,
    ];
  });
  const heading = `\nKey accounts as of ${AS_OF}, policy ${version.policyId} version ${version.version}:\n`;
  return `${heading}\n${textTable(['rank', 'account', 'tier', 'score', 'revenue GBP', 'active months', 'csat'], rows)}`;
}

/** Rounded to the penny, for the eye only. */
function moneyText(micros: bigint | number | null | undefined): string {
  if (typeof micros !== 'bigint') return '–';
  const [whole = '0', pence = ''] = formatDecimal(divideHalfEven(micros, 10_000n), 2).split('.');
  return `${whole}.${pence.padEnd(2, '0')}`;
}

function startingText({ baseCurrency, dataDir }: Config): string {
  return `
Look further with the API on this ledger:
  KEYLEDGER_DATA_DIR="${dataDir}" KEYLEDGER_BASE_CURRENCY=${baseCurrency} KEYLEDGER_TIME_ZONE=UTC npm start`;
}
