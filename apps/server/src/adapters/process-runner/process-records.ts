import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { resourceLimits } from '@vitrine/contract'
import { z } from 'zod'
import { writeFileAtomically } from '../../lib/write-file-atomically.ts'
import { processReason } from './process-reason.ts'

const spec = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  file: z.string(),
  args: z.array(z.string()).readonly(),
  cwd: z.string(),
  env: z.record(z.string(), z.string()).readonly(),
  listens: z.boolean().optional(),
  stdoutLog: z.string(),
  stderrLog: z.string(),
  startSeconds: z.number(),
  stopGraceMs: z.number(),
  user: z.object({ name: z.string(), uid: z.number(), gid: z.number() }).nullable(),
  // A record of an earlier version has none.
  limits: resourceLimits.default({}),
})

const stranger = z.union([z.object({ pid: z.number(), command: z.string() }), z.object({ uid: z.number() })])

const overLimit = z.object({ resource: z.enum(['memory', 'processes']), limit: z.number() })

const exit = z.object({
  at: z.number(),
  ranMs: z.number(),
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  // An end that an earlier version saw has none.
  overLimit: overLimit.nullable().default(null),
  spawnFailed: z.object({ errno: z.string().nullable() }).optional(),
})

const processRecord = z.object({
  spec,
  desired: z.enum(['running', 'stopped']),
  /** The main process as it was last started; it may be gone. */
  identity: z.object({ pid: z.number(), startTime: z.string() }).nullable(),
  /** Milliseconds since the epoch. */
  startedAt: z.number().nullable(),
  restarts: z.number(),
  /** Ends by itself since the last start that was asked for, those that still count. */
  exits: z.array(exit),
  /** Why it was given up, until the next start that is asked for. */
  fatal: processReason.nullable(),
  /** How often the kernel had ended one of its processes for memory when we looked last. */
  memoryKills: z.number().default(0),
  /** The last end for a limit, `at` in milliseconds since the epoch: supervisord's journal does not tell of limits. */
  overLimit: overLimit.extend({ at: z.number() }).nullable().default(null),
  /** The port of its last start; null before the first, and for what listens nowhere. */
  port: z.number().nullable(),
  /** Why it is to be started with another port, until it listens. */
  lostPort: z.object({ port: z.number(), by: stranger.nullable() }).nullable(),
  /** The losses of its port that still count. */
  losses: z.array(z.object({ at: z.number(), seen: z.boolean() })),
  /** Which ends in supervisord's journal were for the port, and up to when ends were judged; milliseconds since the epoch. */
  portEnds: z.object({ judgedUntil: z.number(), at: z.array(z.number()) }),
})

/** What a driver must still know of a process after the control plane was restarted. */
export type ProcessRecord = z.infer<typeof processRecord>

/** From now on the process gets no more than this between TERM and KILL. */
export function hurry(record: ProcessRecord, graceMs: number): void {
  const { spec: of } = record
  of.stopGraceMs = Math.min(of.stopGraceMs, graceMs)
}

/** A record of a process that was just added. */
export function newRecord(of: z.infer<typeof spec>): ProcessRecord {
  return {
    spec: of,
    desired: 'stopped',
    identity: null,
    startedAt: null,
    restarts: 0,
    exits: [],
    fatal: null,
    memoryKills: 0,
    overLimit: null,
    port: null,
    lostPort: null,
    losses: [],
    portEnds: { judgedUntil: 0, at: [] },
  }
}

/** Where records are kept: one file a process, so that nothing is shared between two of them. */
export type ProcessRecords = {
  load(): Promise<ProcessRecord[]>
  save(record: ProcessRecord): Promise<void>
  forget(id: string): Promise<void>
}

/** Records in a folder, mode 0600 because an environment may hold secrets. A file that is not a record is an error. */
export function processRecords(folder: string): ProcessRecords {
  const fileOf = (id: string) => join(folder, `${id}.json`)
  return {
    async load() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
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
