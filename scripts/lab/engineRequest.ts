/** Asks a Docker engine without the client program: its start costs more than all else, on machines that are measured or busy. */

import http from 'node:http';

/** One request over the engine's Unix socket; gives the body, parsed; null where there is none. Throws on 4xx and 5xx. */
export function engineRequest<T>(
  socketPath: string,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = http.request({ socketPath, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${text}`));
        else resolve(JSON.parse(text || 'null'));
      });
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
