/** Every limit of the front listener, in one place: nobody who connects can make the agent hold more than this. */

export interface FrontLimits {
  /** Connections open at once. Above it those that never finished a request make room first. */
  readonly maxConnections: number;
  /** Request line and headers together; more is answered with 431. */
  readonly maxHeaderBytes: number;
  /** A request's headers must be in by then. */
  readonly headersTimeoutMs: number;
  /** A whole request must be in by then. */
  readonly requestTimeoutMs: number;
  /** How often the two above are looked at: a request may take that much longer. */
  readonly checkIntervalMs: number;
  /** How long a connection may stay open between two requests. */
  readonly keepAliveMs: number;
  /** A connection on which no byte moves for that long is closed: readers that never read. */
  readonly idleMs: number;
  /** Followers of /api/v1/events at once; more are refused with 503. */
  readonly maxEventStreams: number;
  /** A follower that leaves more than this unread is cut off; it comes back and reads the whole. */
  readonly maxEventBacklogBytes: number;
  /** Changes that come within this time are told together. */
  readonly eventGatherMs: number;
  /** How often a quiet stream of events shows that it is alive. Shorter than `idleMs`. */
  readonly eventHeartbeatMs: number;
  /** Services with metrics of their own; what is left out is counted. */
  readonly maxMetricServices: number;
}

export const frontLimits: FrontLimits = {
  maxConnections: 4096,
  maxHeaderBytes: 8192,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  checkIntervalMs: 1_000,
  keepAliveMs: 30_000,
  idleMs: 60_000,
  maxEventStreams: 64,
  maxEventBacklogBytes: 262_144,
  eventGatherMs: 100,
  eventHeartbeatMs: 5_000,
  maxMetricServices: 1_000,
};
