import { z } from 'zod'

const ranMs = z.number().nullable()

/** How a process exited by itself. `ranMs` is how long it had run, milliseconds; null if nobody saw when it ended. */
export const processEnd = z.discriminatedUnion('code', [
  z.object({ code: z.literal('exited'), exitCode: z.number(), ranMs }),
  /** `signal` is its name, such as `SIGKILL`. */
  z.object({ code: z.literal('signalled'), signal: z.string(), ranMs }),
  /** Killed because it exceeded its memory limit; `limitMb` in megabytes. */
  z.object({ code: z.literal('out_of_memory'), limitMb: z.number(), ranMs }),
  /** Killed because it exceeded its limit of processes and threads. */
  z.object({ code: z.literal('too_many_processes'), limit: z.number(), ranMs }),
  /**
   * It could not be started. `errno` is the system's error code, such as `ENOENT`, or what Docker lacks: `no_image`,
   * `no_gpu_driver`, `too_few_gpus`; null if there is none. `said` is what Docker, or the cluster (`by`), itself said of that.
   */
  z.object({
    code: z.literal('spawn_failed'),
    errno: z.string().nullable(),
    said: z.string().optional(),
    by: z.literal('kubernetes').optional(),
  }),
  /** The cluster took its pod away, or somebody there did. `said` are the cluster's own words; empty if it said nothing. */
  z.object({ code: z.literal('removed_by_cluster'), said: z.string(), ranMs }),
  /** It ended while the control plane was not running. */
  z.object({ code: z.literal('ended_unseen'), ranMs }),
])
/** How a process exited by itself. */
export type ProcessEnd = z.infer<typeof processEnd>

const clusterCause = z.enum(['quota', 'admission', 'unschedulable', 'image', 'container', 'refused'])
/**
 * Why a cluster does not run an instance: a quota is used up, a rule of the cluster forbids it, no node has room, the image cannot be
 * fetched, its container cannot be made, or the platform itself may not ask for it.
 */
export type ClusterCause = z.infer<typeof clusterCause>

/** Why a process is not well, as it is stored on disk. */
export const processReason = z.discriminatedUnion('code', [
  ...processEnd.options,
  /** It exited so often within `withinS` seconds that it is not restarted. */
  z.object({
    code: z.literal('crash_loop'),
    exits: z.number(),
    withinS: z.number(),
    last: processEnd,
  }),
  /** The driver gave it up and does not say how it exited. */
  z.object({ code: z.literal('could_not_start') }),
  /** Docker, or the cluster, does not answer, so this is what was last known. */
  z.object({ code: z.literal('engine_away'), engine: z.literal('kubernetes').optional() }),
  /** The cluster does not run it, with its own words. It keeps trying. */
  z.object({ code: z.literal('refused_by_cluster'), cause: clusterCause, said: z.string() }),
])
/** Why a process is not well, as a fact. `modules/instances/reason.ts` makes sentences from it. */
export type ProcessReason = z.infer<typeof processReason>
