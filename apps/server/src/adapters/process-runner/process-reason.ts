import { z } from 'zod'

const ranMs = z.number()

/** How a process ended by itself. `ranMs` is how long it had lived, milliseconds. */
export const processEnd = z.discriminatedUnion('code', [
  z.object({ code: z.literal('exited'), exitCode: z.number(), ranMs }),
  /** `signal` is its name, such as `SIGKILL`. */
  z.object({ code: z.literal('signalled'), signal: z.string(), ranMs }),
  /** Ended because it was over its limit; `limitMb` in megabytes. */
  z.object({ code: z.literal('out_of_memory'), limitMb: z.number(), ranMs }),
  /** Ended because it was over its limit of processes and threads. */
  z.object({ code: z.literal('too_many_processes'), limit: z.number(), ranMs }),
  /** It never began; `errno` is the system's word, such as `ENOENT`, and null where there is none. */
  z.object({ code: z.literal('spawn_failed'), errno: z.string().nullable() }),
  /** Nobody was there to see how it ended. */
  z.object({ code: z.literal('ended_unseen'), ranMs }),
])
/** How a process ended by itself. */
export type ProcessEnd = z.infer<typeof processEnd>

const reason = z.discriminatedUnion('code', [
  ...processEnd.options,
  /** It ended so often within so many seconds that it is not started again. */
  z.object({
    code: z.literal('crash_loop'),
    exits: z.number(),
    withinS: z.number(),
    last: processEnd,
  }),
  /** The driver gave it up and does not say how it ended. */
  z.object({ code: z.literal('could_not_start') }),
  /** What an earlier version of the platform has written down as a sentence. */
  z.object({ code: z.literal('unknown'), text: z.string() }),
])
/** Why a process is not well, as a fact. Sentences are made of it in `modules/instances/reason.ts`. */
export type ProcessReason = z.infer<typeof reason>

/** A reason as it is kept on disk. A record of an earlier version holds a sentence. */
export const processReason = z.union([
  reason,
  z.string().transform((text): ProcessReason => ({ code: 'unknown', text })),
])
