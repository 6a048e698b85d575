import { availableParallelism, loadavg } from 'node:os';

/** Prints what a test has measured, with what else the machine was doing. */
export function printFigures(promise: string, figures: Readonly<Record<string, string | number>>): void {
  const machine = `${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`;
  const lines = Object.entries(figures).map(([name, figure]) => `  ${name}: ${figure}`);
  console.log([`${promise} (${machine})`, ...lines].join('\n'));
}

/** The value below which so much of a list lies. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}
