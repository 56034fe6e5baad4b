/** When a connection is cut: before an append is stored, or after that and before the answer. */
export type DropWhen = 'before-append' | 'after-append';

export type DropPlan =
  | { readonly when: DropWhen /** So many appends from now on. */; readonly next: number }
  | { readonly when: DropWhen /** Of the appends from now on, evenly spread; from 0 to 1. */; readonly share: number };

/** Decides, append by append, whose connection is cut. */
export class Drops {
  readonly #plans = new Map<DropWhen, { next: number; share: number; due: number }>();

  set(plan: DropPlan): void {
    const next = 'next' in plan ? plan.next : 0;
    const share = 'share' in plan ? plan.share : 0;
    this.#plans.set(plan.when, { next, share, due: 0 });
  }

  clear(): void {
    this.#plans.clear();
  }

  /** Asked once for every append and moment. */
  isDue(when: DropWhen): boolean {
    const plan = this.#plans.get(when);
    if (plan === undefined) return false;
    if (plan.next > 0) {
      plan.next -= 1;
      return true;
    }
    plan.due += plan.share;
    if (plan.due < 1) return false;
    plan.due -= 1;
    return true;
  }
}
