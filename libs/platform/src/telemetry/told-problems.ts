import type { FastifyRequest } from 'fastify';
import type { Problem } from '../problems/problem.js';

/** Only requests that are answered with a problem stand in it: the others pay nothing. */
const PROBLEMS = new WeakMap<FastifyRequest['raw'], Problem>();

/** Remembers what a request was answered with, for its line in the log. */
export function noteProblem(request: FastifyRequest, problem: Problem): void {
  PROBLEMS.set(request.raw, problem);
}

export function problemTold(request: FastifyRequest): Problem | undefined {
  return PROBLEMS.get(request.raw);
}
