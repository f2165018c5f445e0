/** What a benchmark found. */

export interface BenchResult {
  readonly name: string;
  readonly rows: readonly BenchRow[];
}

export interface BenchRow {
  /** What was measured, and how, in a few words. */
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The same, measured side by side with something to compare with. */
  readonly against?: { readonly what: string; readonly value: number };
  /** `value` to the one it is compared with. */
  readonly ratio?: number;
  /** What it promises, in words: `under 8`. */
  readonly limit?: string;
  /** False where the limit is broken. */
  readonly ok: boolean;
}
