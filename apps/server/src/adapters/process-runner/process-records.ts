import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { resourceLimits } from '@vitrine/contract'
import { z } from 'zod'
import { removeUnfinished, writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { processReason } from './process-reason.ts'

const spec = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  file: z.string(),
  args: z.array(z.string()).readonly(),
  cwd: z.string(),
  env: z.record(z.string(), z.string()).readonly(),
  listens: z.enum(['port', 'socket']).optional(),
  stdoutLog: z.string(),
  stderrLog: z.string(),
  startSeconds: z.number(),
  stopGraceMs: z.number(),
  user: z
    .object({ uid: z.number(), gid: z.number(), groups: z.array(z.number()).readonly().optional() })
    .nullable(),
  limits: resourceLimits,
  sandbox: z
    .object({
      read: z.array(z.string()).readonly(),
      write: z.array(z.string()).readonly(),
      // Lost here, a program would have the network again after the next start of the platform.
      isCutOff: z.boolean().optional(),
    })
    .optional(),
  image: z.string().optional(),
  group: z.string().optional(),
})

const foreign = z.union([z.object({ pid: z.number(), command: z.string() }), z.object({ uid: z.number() })])

const overLimit = z.object({ resource: z.enum(['memory', 'processes']), limit: z.number() })

const exit = z.object({
  at: z.number(),
  ranMs: z.number().nullable(),
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  overLimit: overLimit.nullable(),
  spawnFailed: z
    .object({
      errno: z.string().nullable(),
      said: z.string().optional(),
      by: z.literal('kubernetes').optional(),
    })
    .optional(),
  removed: z.string().optional(),
})

const processRecord = z.object({
  spec,
  desired: z.enum(['running', 'stopped']),
  /** It was asked to end, and something of it may still be left: whoever finds this at a start goes on ending it. */
  isEnding: z.boolean(),
  /** The main process as it was last started. It may have ended. */
  identity: z.object({ pid: z.number(), startTime: z.string() }).nullable(),
  /** Milliseconds since the epoch. */
  startedAt: z.number().nullable(),
  restarts: z.number(),
  /** The exits since the last requested start that still count. */
  exits: z.array(exit),
  /** Why it was given up, until the next requested start. */
  fatal: processReason.nullable(),
  /** How many of its processes the kernel had killed for memory at the last check. */
  memoryKills: z.number(),
  /**
   * The last exit because of a limit, `at` in milliseconds since the epoch. supervisord's journal does not
   * record limits.
   */
  overLimit: overLimit.extend({ at: z.number() }).nullable(),
  /**
   * Its container in Docker, or its pod in a cluster, of which it knows one life: `startedAt` is as they write it. Null if it has
   * none.
   */
  container: z
    .object({ id: z.string(), startedAt: z.string(), restartCount: z.number(), hasEnded: z.boolean() })
    .nullable(),
  /** The generation of the ReplicaSet that keeps it running, as we wrote it last. Absent for one that nobody has changed since it was made. */
  keeperGeneration: z.number().optional(),
  /** The address of its pod in a cluster; null if it has none. */
  address: z.string().nullable(),
  /** The node that its pod is on, in a cluster. */
  node: z.string().nullish(),
  /** The port of its last start; null before the first, and for a process that does not listen on one. */
  port: z.number().nullable(),
  /** The path of its socket; null for a process that does not listen on one. */
  socket: z.string().nullable(),
  /** Why it must be started with another port; null once it listens. */
  lostPort: z.object({ port: z.number(), by: foreign.nullable() }).nullable(),
  /** The losses of its port that still count. */
  losses: z.array(z.object({ at: z.number(), seen: z.boolean() })),
  /**
   * Which exits in supervisord's journal were because of the port, and until when exits were judged;
   * milliseconds since the epoch.
   */
  portEnds: z.object({ judgedUntil: z.number(), at: z.array(z.number()) }),
})

/** What a driver must still know about a process after the control plane was restarted. */
export type ProcessRecord = z.infer<typeof processRecord>

/** Limits the time between TERM and KILL from now on. */
export function limitGrace(record: ProcessRecord, graceMs: number): void {
  const { spec: of } = record
  of.stopGraceMs = Math.min(of.stopGraceMs, graceMs)
}

/** Creates the record of a process that was just added. `socket` is the path of its socket, if it listens on one. */
export function newRecord(of: z.infer<typeof spec>, socket: string | null = null): ProcessRecord {
  return {
    spec: of,
    desired: 'stopped',
    isEnding: false,
    identity: null,
    startedAt: null,
    restarts: 0,
    exits: [],
    fatal: null,
    memoryKills: 0,
    overLimit: null,
    container: null,
    address: null,
    port: null,
    socket,
    lostPort: null,
    losses: [],
    portEnds: { judgedUntil: 0, at: [] },
  }
}

/** Stores records, one file for each process, so that two processes share nothing. */
export type ProcessRecords = {
  /** Reads all records, and removes what a kill has left of one. Called before anything is stored. */
  load(): Promise<ProcessRecord[]>
  save(record: ProcessRecord): Promise<void>
  forget(id: string): Promise<void>
}

/**
 * Stores records in a folder, with mode 0600 because an environment may contain secrets. Throws if a file is
 * not a record.
 */
export function processRecords(folder: string): ProcessRecords {
  const fileOf = (id: string) => join(folder, `${id}.json`)
  return {
    async load() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await removeUnfinished(folder)
      const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
      return Promise.all(
        names.map(async (name) =>
          processRecord.parse(JSON.parse(await readFile(join(folder, name), 'utf8'))),
        ),
      )
    },
    save: (record) => writeFileAtomically(fileOf(record.spec.id), JSON.stringify(record), 0o600),
    forget: (id) => rm(fileOf(id), { force: true }),
  }
}
