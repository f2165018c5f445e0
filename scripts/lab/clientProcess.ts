/**
 * Runs inside a network namespace of a lab and asks web servers what it is told to on its standard input.
 * It ends with its input, so it never outlives its maker.
 */

import { createInterface } from 'node:readline';
import { Agent, type Dispatcher, request } from 'undici';
import type { Answer, FromClient, Question, ToClient } from './clientMessages.ts';

/** A connection for each question, as a load balancer's probe has it: none is left over from a server that has ended. */
const connecting = new Agent({ pipelining: 0 });
/** Connections are kept, as a proxy keeps them: hundreds of questions a second cost a third then, on a machine that is busy. */
const keeping = new Agent();
const records = new Map<number, () => Promise<readonly Answer[]>>();

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
  const answers: Promise<Answer>[] = [ask(question, keeping)];
  const timer = setInterval(() => answers.push(ask(question, keeping)), everyMs);
  return () => {
    clearInterval(timer);
    return Promise.all(answers);
  };
}

async function ask(
  { url, method = 'GET', headers = {}, body, timeoutMs = 2000 }: Question,
  dispatcher: Dispatcher,
): Promise<Answer> {
  const atMs = Date.now();
  const started = performance.now();
  const after = (): Pick<Answer, 'atMs' | 'tookMs'> => ({ atMs, tookMs: performance.now() - started });
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await request(url, { dispatcher, method, headers, body: body ?? null, signal });
    const text = await answer.body.text();
    return { ...after(), status: answer.statusCode, headers: answer.headers, body: text };
  } catch (error) {
    return { ...after(), headers: {}, body: '', error: error instanceof Error ? error.message : `${error}` };
  }
}
