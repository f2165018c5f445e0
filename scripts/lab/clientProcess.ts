/**
 * Runs inside a network namespace of a lab and asks web servers what it is told to on its standard input. Each question
 * gets a connection of its own, as a load balancer's probe would. It ends with its input, so it never outlives its maker.
 */

import http from 'node:http';
import { createInterface } from 'node:readline';
import type { Answer, FromClient, Question, ToClient } from './clientMessages.ts';

const records = new Map<number, () => Promise<readonly Answer[]>>();

for await (const line of createInterface({ input: process.stdin })) {
  const message: ToClient = JSON.parse(line);
  void handle(message);
}
process.exit();

async function handle(message: ToClient): Promise<void> {
  switch (message.kind) {
    case 'ask':
      send({ id: message.id, answers: [await ask(message.question)] });
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
  const answers: Promise<Answer>[] = [ask(question)];
  const timer = setInterval(() => answers.push(ask(question)), everyMs);
  return () => {
    clearInterval(timer);
    return Promise.all(answers);
  };
}

function ask({ url, method = 'GET', headers = {}, body, timeoutMs = 2000 }: Question): Promise<Answer> {
  const atMs = Date.now();
  const started = performance.now();
  return new Promise((resolve) => {
    const done = (answer: Pick<Answer, 'status' | 'headers' | 'body' | 'error'>): void =>
      resolve({ atMs, tookMs: performance.now() - started, ...answer });
    const request = http.request(
      url,
      { method, headers, agent: false, signal: AbortSignal.timeout(timeoutMs) },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
        response.on('error', (error) => done({ headers: {}, body: text, error: error.message }));
      },
    );
    request.on('error', (error) => done({ headers: {}, body: '', error: error.message }));
    request.end(body);
  });
}
