/**
 * The door of the front listener: bounds the connections that are open at once, and lets nobody block it. Where it is
 * full, the connection that has been silent longest without ever finishing a request makes room; where there is none
 * such, the new one is turned away.
 */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

export interface Door {
  /** For each new TCP connection, before TLS. */
  enter(socket: Socket): void;
  /** For each request: its connection has earned its place. */
  heard(request: IncomingMessage): void;
  /** Ends those that never finished a request, also where their TLS handshake is under way, so that the server does not know them. */
  close(): void;
  readonly open: number;
  /** How many connections were closed to make room, or turned away. */
  readonly turnedAway: number;
}

export function createDoor(maxConnections: number): Door {
  /** Those that never finished a request, oldest first. Under TLS the request's socket is another object: addresses link them. */
  const silent = new Map<string, Socket>();
  const earned = new WeakSet<Socket>();
  let open = 0;
  let turnedAway = 0;

  return {
    enter(socket) {
      if (open >= maxConnections) {
        turnedAway++;
        const [oldest] = silent;
        if (oldest === undefined) {
          socket.destroy();
          return;
        }
        silent.delete(oldest[0]);
        oldest[1].destroy();
      }
      const address = addressOf(socket);
      open++;
      silent.set(address, socket);
      socket.once('close', () => {
        open--;
        if (silent.get(address) === socket) silent.delete(address);
      });
    },
    heard({ socket }) {
      if (earned.has(socket)) return;
      earned.add(socket);
      silent.delete(addressOf(socket));
    },
    close() {
      for (const socket of silent.values()) socket.destroy();
    },
    get open() {
      return open;
    },
    get turnedAway() {
      return turnedAway;
    },
  };
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
