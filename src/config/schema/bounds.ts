/** Bounds in number and time. */
import { Type } from 'typebox';
import { closed, defaulted } from './parts.ts';

export const Throttling = Type.Object(
  {
    requestsPerMailbox: defaulted(
      Type.Integer({
        minimum: 1,
        maximum: 1_000,
        default: 10,
        description: 'Requests for one mailbox at a time; others wait. Exchange Online refuses beyond about 27.',
      }),
    ),
    waitingPerMailbox: defaulted(
      Type.Integer({
        minimum: 0,
        maximum: 10_000,
        default: 1_000,
        description: 'Requests for one mailbox that may wait; further ones get ErrorServerBusy.',
      }),
    ),
    longestWaitSeconds: defaulted(
      Type.Integer({
        minimum: 0,
        maximum: 3_600,
        default: 60,
        description:
          'How long a request waits for a slot, or while Exchange throttles, before the client ' +
          'gets ErrorServerBusy. The EWS Managed API gives up after 100 seconds.',
      }),
    ),
  },
  { ...closed, default: {}, description: 'How requests are held back where Exchange throttles.' },
);

export const Lockout = Type.Object(
  {
    failuresPerName: defaulted(
      Type.Integer({
        minimum: 10,
        maximum: 10_000,
        default: 20,
        description: 'Wrong passwords of one user name until it is locked. One try of a client can be nine.',
      }),
    ),
    namesPerAddress: defaulted(
      Type.Integer({
        minimum: 3,
        maximum: 10_000,
        default: 20,
        description: 'Different user names that may fail from one address until it is locked.',
      }),
    ),
    windowSeconds: defaulted(
      Type.Integer({
        minimum: 60,
        maximum: 86_400,
        default: 900,
        description: 'Failures are forgotten after this time.',
      }),
    ),
    firstLockSeconds: defaulted(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        default: 60,
        description: 'How long the first lock takes; each further one within a day takes twice as long.',
      }),
    ),
    longestLockSeconds: defaulted(
      Type.Integer({ minimum: 1, maximum: 86_400, default: 900, description: 'How long a lock takes at most.' }),
    ),
  },
  {
    ...closed,
    default: {},
    description: 'When wrong passwords lock a user name or an address. Passwords that were right lately go on working.',
  },
);

export const Limits = Type.Object(
  {
    credentialCacheSeconds: Type.Optional(
      Type.Integer({
        deprecated: true,
        description: 'No longer used: a verified password stays verified until it changes.',
      }),
    ),
    upstreamConnections: defaulted(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        default: 256,
        description: 'Connections to Exchange per registration at most.',
      }),
    ),
    responseSeconds: defaulted(
      Type.Integer({
        minimum: 1,
        maximum: 3_600,
        default: 120,
        description: 'How long Exchange may take to begin an answer, or pause within one.',
      }),
    ),
    requestSeconds: defaulted(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        default: 900,
        description: 'How long a client may take to send a whole request.',
      }),
    ),
    headerSeconds: defaulted(
      Type.Integer({
        minimum: 1,
        maximum: 600,
        default: 30,
        description: 'How long a client may take for the headers of a request, or for a body without credentials.',
      }),
    ),
    connectionsPerAddress: defaulted(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        default: 1_024,
        description: 'Connections from one client address at most; further ones are closed.',
      }),
    ),
    connections: Type.Optional(
      Type.Integer({
        minimum: 16,
        maximum: 1_000_000,
        description:
          'Connections from all clients at most; further ones are closed. Default: what the limit on open files ' +
          'leaves beside the connections to Exchange.',
      }),
    ),
    clientIdleSeconds: defaulted(
      Type.Integer({
        minimum: 1,
        maximum: 3_600,
        default: 120,
        description:
          'How long a client may take no byte of its answer, or send less than 1 KiB a second of its request, before ' +
          'it is cut.',
      }),
    ),
    streamsPerCaller: defaulted(
      Type.Integer({
        minimum: 1,
        maximum: 1_000,
        default: 10,
        description: 'Open GetStreamingEvents of one caller at most; further ones are answered with ErrorServerBusy.',
      }),
    ),
    drainSeconds: defaulted(
      Type.Integer({
        minimum: 0,
        maximum: 600,
        default: 0,
        description:
          'How long requests are still taken after the order to stop, while /acceptz says no: until a load ' +
          'balancer has noticed. A second order ends it.',
      }),
    ),
    shutdownSeconds: defaulted(
      Type.Integer({
        minimum: 0,
        maximum: 3_600,
        default: 30,
        description: 'How long running requests may go on after the order to stop.',
      }),
    ),
  },
  { ...closed, default: {}, description: 'Bounds in time and number.' },
);
