import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');

/** What a fold may need at run time; the lint rules say the same of the files that are named as folds. */
const ALLOWED = /^(#event-sourcing|#money|#calendar|#[a-z-]+\/events|immutable)$/;
const AMBIENT = /\bnew Date\(\)|\bDate\.now\b|\bMath\.random\b|\bprocess\.|\bperformance\.now\b/;

/** The modules that a source still imports once its types are erased. */
function runtimeImports(fileName: string, text: string): string[] {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.ES2022, true);
  const isType = (elements: readonly { readonly isTypeOnly: boolean }[]) =>
    elements.length > 0 && elements.every((element) => element.isTypeOnly);
  return source.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const clause = statement.importClause;
      const named = clause?.namedBindings;
      const erased =
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
        (clause?.name === undefined && named !== undefined && ts.isNamedImports(named) && isType(named.elements));
      return erased ? [] : [statement.moduleSpecifier.text];
    }
    if (
      ts.isExportDeclaration(statement) &&
      statement.moduleSpecifier &&
      ts.isStringLiteral(statement.moduleSpecifier)
    ) {
      const erased =
        statement.isTypeOnly ||
        (statement.exportClause !== undefined &&
          ts.isNamedExports(statement.exportClause) &&
          isType(statement.exportClause.elements));
      return erased ? [] : [statement.moduleSpecifier.text];
    }
    return [];
  });
}

/** What is impure in the files that `fold` pulls in, each with the way there. */
function impurities(fold: string, read: (file: string) => string): string[] {
  const seen = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] => {
    if (seen.has(file)) return [];
    seen.add(file);
    const text = read(file);
    const here = [...way, relative(root, file)].join(' → ');
    const ambient = AMBIENT.exec(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''));
    return [
      ...(ambient ? [`${here} uses ${ambient[0]}`] : []),
      ...runtimeImports(file, text).flatMap((name) => {
        if (name.startsWith('.')) {
          return visit(join(dirname(file), name.replace(/\.js$/, '.ts')), [...way, relative(root, file)]);
        }
        return ALLOWED.test(name) ? [] : [`${here} imports ${name}`];
      }),
    ];
  };
  return visit(fold, []);
}

const folds = readdirSync(join(root, 'libs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(decider|events|projection)\.ts$/.test(name))
  .map((name) => join(root, 'libs', name))
  .sort();

describe('a fold is pure down to the last file that it pulls in', () => {
  test('there are folds to look at', () => {
    expect(folds.length).toBeGreaterThan(0);
  });

  test.each(folds.map((fold) => ({ fold, name: relative(root, fold) })))('$name', ({ fold }) => {
    expect(impurities(fold, (file) => readFileSync(file, 'utf8'))).toEqual([]);
  });

  test('what a file beside the fold brings in is found', () => {
    const sources: Readonly<Record<string, string>> = {
      'a.decider.ts': `import { type Day, week } from './week.js';\nimport type { PlaceOrder } from './place-order.js';`,
      'week.ts': `import { IsInt } from 'class-validator';\nexport const now = Date.now();`,
    };
    const read = (file: string) => sources[relative(root, file)] ?? '';
    expect(impurities(join(root, 'a.decider.ts'), read)).toEqual([
      'a.decider.ts → week.ts uses Date.now',
      'a.decider.ts → week.ts imports class-validator',
    ]);
  });
});
