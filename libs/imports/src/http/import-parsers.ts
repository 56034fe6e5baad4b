import type { FastifyInstance } from 'fastify';
import { Problem } from '#platform';
import type { ImportFormat } from '../importer.js';

/** The media types of files, with the formats that they are. */
const FORMATS: Readonly<Record<string, ImportFormat>> = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' };

export const IMPORTS_PATH = '/v1/imports';

/**
 * Has Fastify hand over the bodies of imports as streams, of any size and unread; to be called once, before the app
 * listens. Every other route refuses these media types.
 */
export function registerImportParsers(fastify: FastifyInstance): void {
  for (const mediaType of Object.keys(FORMATS)) {
    fastify.addContentTypeParser(mediaType, (request, body, done) => {
      if (request.routeOptions.url === IMPORTS_PATH) done(null, body);
      else done(unsupported(`The media type ${mediaType} is for imports only.`));
    });
  }
}

/** The format that a `Content-Type` names. @throws Problem 415 */
export function formatOf(contentType: string | undefined): ImportFormat {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const format = Object.hasOwn(FORMATS, mediaType) ? FORMATS[mediaType] : undefined;
  if (format === undefined) {
    throw unsupported(`An import is sent as ${Object.keys(FORMATS).join(' or ')}.`);
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)"?/i.exec(contentType ?? '')?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw unsupported('An import is sent in UTF-8.');
  }
  return format;
}

function unsupported(detail: string): Problem {
  return new Problem(415, 'unsupported-media-type', detail);
}
