import { hostname } from 'node:os'
import { ControlLock, type LeaderSeen, type LockOptions } from '../adapters/database/control-lock.ts'
import { databaseOfAnotherBuild, databaseOlder, detailsOf } from '../adapters/database/database.errors.ts'
import type { LockHolder } from '../adapters/database/lock-session.ts'
import { knownMigrations, schemaStanding, type SchemaStanding } from '../adapters/database/schema-standing.ts'
import { endFormerControlPlane, recordedControlPlane } from '../lifecycle/claim-data-folder.ts'
import { leaderElsewhere } from '../lifecycle/data-folder.errors.ts'
import { recordStandby, type StandbyDetails } from '../lifecycle/standby-record.ts'
import { decideStandby } from '../lifecycle/standing-by.ts'
import { lockOptionsOf, migrationsOf, type LockInput } from './database.ts'

/** A leader that is stood by for. */
type Leader = { holder: LockHolder; seenAt: number; schema: SchemaStanding | null }

const nameOf = ({ owner, name }: LockHolder): string => (owner ? `${owner.pid}@${owner.host}` : name)

/** Whether a leader is the control plane that our data folder records. PostgreSQL may hide who it is. */
async function isOnOurFolder({ owner }: LockHolder, paths: LockInput['paths']): Promise<boolean> {
  const here = await recordedControlPlane(paths)
  return here !== null && (owner === null || (owner.pid === here.pid && owner.host === hostname()))
}

/** Looks at the leader, and throws if this control plane cannot stand by for it. */
function watchLeader({ paths, projectFolder, logger, onWait }: LockInput) {
  const known = knownMigrations(migrationsOf(projectFolder))
  let leader: Leader | null = null
  const tell = (holder: LockHolder) => {
    logger.info({ leader: holder.owner ?? holder.name }, 'stands by for the control plane that leads')
    onWait({
      zh: `正在待命：控制面 ${nameOf(holder)} 结束后由当前控制面接管`,
      en: `Stands by: takes over when the control plane ${nameOf(holder)} ends`,
    })
  }
  return {
    details: (): StandbyDetails => (leader ? { leader: nameOf(leader.holder) } : {}),
    see: async ({ holder, migrations }: LeaderSeen): Promise<void> => {
      if (leader?.holder.name !== holder.name) {
        leader = { holder, seenAt: performance.now(), schema: null }
        tell(holder)
      }
      // The tables of a leader change once, at its start.
      if (leader.schema !== 'same') leader.schema = schemaStanding(known, await migrations())
      const decision = decideStandby({
        schema: leader.schema,
        isOnOurFolder: await isOnOurFolder(holder, paths),
        seenMs: performance.now() - leader.seenAt,
      })
      if (decision === 'of another build') throw databaseOfAnotherBuild({})
      if (decision === 'older database') throw databaseOlder(detailsOf(holder))
      if (decision === 'leader elsewhere')
        throw leaderElsewhere({ data_folder: paths.root, leader: nameOf(holder) })
    },
  }
}

/**
 * Stands by until no other control plane leads, and returns the lock on the database: from then on this control plane
 * leads, and the former one of its data folder has ended. Nothing of the data folder is changed before, except for our own
 * record. Rejects if this control plane cannot stand by for the one that leads, and when `signal` aborts.
 */
export async function leadWhenFree(
  input: LockInput & { databaseUrl: string; signal: AbortSignal },
): Promise<ControlLock> {
  const { logger, paths, signal } = input
  const watch = watchLeader(input)
  const record = await recordStandby(paths, watch.details)
  if (record.socket === null)
    logger.warn('the path of the data folder is too long for a socket on which the standby answers')
  const options: LockOptions = {
    ...lockOptionsOf(input, { url: input.databaseUrl }),
    standBy: {
      signal,
      onSeen: watch.see,
      onAway: (reason) => logger.warn({ reason: reason.message }, 'the database is away; stands by on'),
    },
  }
  try {
    const lock = await ControlLock.acquire(options)
    try {
      const killed = await endFormerControlPlane(paths)
      if (killed !== null)
        logger.warn({ pid: killed }, 'killed the former control plane, which led no longer')
      signal.throwIfAborted()
    } catch (error) {
      await lock.close()
      throw error
    }
    logger.info('leads from now on')
    return lock
  } finally {
    await record.close()
  }
}
