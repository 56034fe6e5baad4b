/**
 * To be loaded before the API (`node --import`): writes the routes that Fastify itself holds, documented or not, as JSON into
 * the file named by `REGISTERED_ROUTES_FILE`, when the server is about to listen.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

const file = process.env.REGISTERED_ROUTES_FILE;

if (file !== undefined) {
  subscribe('fastify.initialization', ({ fastify }) => {
    const routes = [];
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.push({ method: each, url });
    });
    fastify.addHook('onListen', async () => writeFileSync(file, JSON.stringify(routes)));
  });
}
