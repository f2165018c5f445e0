/** A client inside one of the lab's network namespaces: asks and records from there, through one small process. */

import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Answer, FromClient, Question, ToClient } from './clientMessages.ts';
import { namespaceFile } from './places.ts';

export type { Answer } from './clientMessages.ts';

export interface Client extends AsyncDisposable {
  /** Asks once; a server that does not answer is an answer too. */
  ask(question: Question): Promise<Answer>;
  get(url: string): Promise<Answer>;
  /** Asks again and again until it is stopped, and keeps every answer. */
  record(question: Question & { readonly everyMs: number }): Recording;
}

interface Recording {
  /** Ends it; gives all answers in the order in which they were asked. */
  stop(): Promise<readonly Answer[]>;
}

/** Starts the client's process in the namespace. It ends when disposed, and with this process at the latest. */
export function startClient(namespace: string): Client {
  const script = path.join(import.meta.dirname, 'clientProcess.ts');
  const child = spawn('nsenter', [`--net=${namespaceFile(namespace)}`, process.execPath, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const waiting = new Map<number, (answers: readonly Answer[]) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, answers }: FromClient = JSON.parse(line);
    waiting.get(id)?.(answers);
    waiting.delete(id);
  });
  let lastId = 0;
  const send = (message: ToClient): void => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
  };
  const answersTo = (id: number): Promise<readonly Answer[]> =>
    new Promise((resolve, reject) => {
      waiting.set(id, resolve);
      void closed.then(() => reject(new Error(`the client in ${namespace} has ended`)));
    });
  const ask = async (question: Question): Promise<Answer> => {
    const id = ++lastId;
    send({ kind: 'ask', id, question });
    const [answer] = await answersTo(id);
    if (answer === undefined) throw new Error(`the client in ${namespace} gave no answer`);
    return answer;
  };
  return {
    ask,
    get: (url) => ask({ url }),
    record({ everyMs, ...question }) {
      const id = ++lastId;
      send({ kind: 'record', id, question, everyMs });
      return {
        stop() {
          send({ kind: 'stop', id });
          return answersTo(id);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await closed;
    },
  };
}
