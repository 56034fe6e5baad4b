export { IMPORTS_PATH, registerImportParsers } from './http/import-parsers.js';
export * from './import-answer.js';
export { columnsOf, IMPORT_FORMS, IMPORT_KINDS, type ImportForm, type ImportKind } from './import-forms.js';
export * from './importer.js';
export * from './imports.module.js';
export type { ImportMap } from './mapping/import-map.js';
export { MapError } from './mapping/map-reader.js';
export { parseImportMap } from './mapping/parse-import-map.js';
