import { seededRandom } from '../channel/random.js';

/** Chance that a seed decides: the same seed and number give the same choices, whatever else runs meanwhile. */
export class Draw {
  readonly #random: () => number;

  /** @param index which of the draws of this seed */
  constructor(seed: number, index = 0) {
    this.#random = seededRandom(seed ^ Math.imul(index + 1, 0x9e3779b1));
  }

  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.int(0, choices.length - 1)];
    if (choice === undefined) throw new Error('there is nothing to choose from');
    return choice;
  }

  /** One of them, each as likely as its weight says. */
  pickWeighted<T extends { readonly weight: number }>(choices: readonly T[]): T {
    let left = this.#random() * choices.reduce((sum, { weight }) => sum + weight, 0);
    for (const choice of choices) {
      left -= choice.weight;
      if (left < 0) return choice;
    }
    return this.pick(choices);
  }
}
