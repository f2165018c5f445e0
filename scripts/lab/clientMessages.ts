/** What a lab's client process and the process that started it say to each other: one line of JSON each. */

/** One question to a web server, and what came of it. */
export interface Answer {
  /** When it was asked; one clock for all nodes of the lab, as they are one machine. */
  readonly atMs: number;
  readonly tookMs: number;
  /** Absent where no answer came; then `error` says why. */
  readonly status?: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  readonly error?: string;
}

export interface Question {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange; 2 s unless told. */
  readonly timeoutMs?: number;
}

export type ToClient =
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'record'; readonly id: number; readonly question: Question; readonly everyMs: number }
  /** Ends the record and sends it. */
  | { readonly kind: 'stop'; readonly id: number };

/** An `ask` gets one answer; a `record` all of its answers, in the order in which they were asked. */
export interface FromClient {
  readonly id: number;
  readonly answers: readonly Answer[];
}
