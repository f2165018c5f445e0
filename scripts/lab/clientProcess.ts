/**
 * Runs inside a network namespace of a lab and asks web servers what it is told to on its standard input.
 * It ends with its input, so it never outlives its maker.
 */

import { createInterface } from 'node:readline';
import { Agent, type Dispatcher } from 'undici';
import type { Answer, FromClient, Question, ToClient } from './clientMessages.ts';

/** A connection for each question, as a load balancer's probe has it: none is left over from a server that has ended. */
const connecting = new Agent({ pipelining: 0 });
/**
 * Connections are kept, as a proxy keeps them: hundreds of questions a second cost a third then, on a machine that is busy. One that
 * nothing was asked on for two seconds is closed from this side, long before a server does it: a question would be lost in that race.
 */
const keeping = new Agent({ keepAliveTimeout: 2000, keepAliveMaxTimeout: 2000 });
const records = new Map<number, () => Promise<readonly Answer[]>>();
/** By the length of the beat: those who act at it, together. Waking up for each of them would cost more than the asking does. */
const beats = new Map<number, { readonly acts: Set<() => void>; readonly timer: NodeJS.Timeout }>();

for await (const line of createInterface({ input: process.stdin })) {
  const message: ToClient = JSON.parse(line);
  void handle(message);
}
process.exit();

async function handle(message: ToClient): Promise<void> {
  switch (message.kind) {
    case 'ask':
      send({ id: message.id, answers: [await ask(message.question, connecting)] });
      return;
    case 'record':
      records.set(message.id, startRecord(message.question, message.everyMs));
      return;
    case 'stop':
      send({ id: message.id, answers: (await records.get(message.id)?.()) ?? [] });
      records.delete(message.id);
  }
}

function send(message: FromClient): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Asks at every beat, whether or not earlier answers have come. */
function startRecord(question: Question, everyMs: number): () => Promise<readonly Answer[]> {
  const answers: Promise<Answer>[] = [];
  const stop = atEveryBeat(everyMs, () => answers.push(ask(question, keeping)));
  return () => {
    stop();
    return Promise.all(answers);
  };
}

/** Does it at once, and from then on at every beat, until told to stop. */
function atEveryBeat(everyMs: number, act: () => void): () => void {
  const { acts, timer } = beats.get(everyMs) ?? startBeat(everyMs);
  acts.add(act);
  act();
  return () => {
    acts.delete(act);
    if (acts.size > 0) return;
    clearInterval(timer);
    beats.delete(everyMs);
  };
}

function startBeat(everyMs: number): NonNullable<ReturnType<typeof beats.get>> {
  const acts = new Set<() => void>();
  const timer = setInterval(() => {
    for (const act of acts) act();
  }, everyMs);
  const beat = { acts, timer };
  beats.set(everyMs, beat);
  return beat;
}

async function ask(question: Question, dispatcher: Dispatcher): Promise<Answer> {
  const atMs = Date.now();
  const started = performance.now();
  const after = (): Pick<Answer, 'atMs' | 'tookMs'> => ({ atMs, tookMs: performance.now() - started });
  try {
    const heard = await exchange(question, dispatcher);
    return { ...after(), ...heard };
  } catch (error) {
    return { ...after(), headers: {}, body: '', error: error instanceof Error ? error.message : `${error}` };
  }
}

/** By undici's plainest way: its streams and signals would cost as much again, and hundreds of questions a second are asked. */
function exchange(
  { url, method = 'GET', headers = {}, body, timeoutMs = 2000 }: Question,
  dispatcher: Dispatcher,
): Promise<Pick<Answer, 'status' | 'headers' | 'body'>> {
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    let heard: Pick<Answer, 'status' | 'headers'> = { headers: {} };
    const pieces: Buffer[] = [];
    let late: Error | undefined;
    let giveUp = (error: Error): void => {
      late = error;
      reject(error);
    };
    const timer = setTimeout(() => giveUp(new Error(`timeout: no answer within ${timeoutMs} ms`)), timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    dispatcher.dispatch(
      { origin, path: `${pathname}${search}`, method, headers, body: body ?? null },
      {
        onRequestStart(controller) {
          giveUp = (error) => controller.abort(error);
          // It may have waited for its connection until now.
          if (late !== undefined) giveUp(late);
        },
        onResponseStart(_controller, status, headers) {
          heard = { status, headers };
        },
        onResponseData(_controller, piece) {
          pieces.push(piece);
        },
        onResponseEnd() {
          clearTimeout(timer);
          resolve({ ...heard, body: Buffer.concat(pieces).toString() });
        },
        onResponseError: (_controller, error) => fail(error),
      },
    );
  });
}
