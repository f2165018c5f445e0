/** One kind of metric: read anew whenever somebody asks, so that a series whose subject is gone is gone too. */

import { Counter, Gauge, type Registry } from 'prom-client';

/** Label values, and the value under them. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

export interface Measure {
  readonly name: string;
  readonly help: string;
  /** Absent: the measure is a single number. */
  readonly labelNames?: readonly string[];
  readonly read: () => Iterable<Sample>;
}

/** A value that goes up and down. */
export function addGauge(registry: Registry, { name, help, labelNames = [], read }: Measure): void {
  new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      // A reset leaves a 0 where there are no labels; a measure without a value should be absent.
      if (labelNames.length === 0) this.remove();
      for (const [labels, value] of read()) this.set(labels, value);
    },
  });
}

/** A value that only grows, kept elsewhere; its name ends in `_total`. */
export function addCounter(registry: Registry, { name, help, labelNames = [], read }: Measure): void {
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.inc(labels, value);
    },
  });
}

/** A measure that is one number; nothing: it has no value now. */
export function single(read: () => number | undefined): () => Iterable<Sample> {
  return () => {
    const value = read();
    return value === undefined ? [] : [[{}, value]];
  };
}
