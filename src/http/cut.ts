/** Connections that the gateway itself ends, with the reason, so that no log blames the client for it. */
import type { Socket } from 'node:net';
import type { GatewayError } from '../errors.ts';

const reasons = new WeakMap<object, GatewayError>();

/** Closes a client's connection at once; the first reason counts. */
export function cut(socket: Socket, reason: GatewayError): void {
  if (!reasons.has(socket) && !socket.destroyed) reasons.set(socket, reason);
  socket.destroy();
}

/** The error itself, or why the gateway cut the connection where it looks as if the client were gone. */
export function causeOf(error: GatewayError, socket: object): GatewayError {
  const reason = error.code === 'CLIENT_GONE' ? reasons.get(socket) : undefined;
  return reason === undefined || error.begun === undefined ? (reason ?? error) : reason.afterBeginning(error.begun);
}
