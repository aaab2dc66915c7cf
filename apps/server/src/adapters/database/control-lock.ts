import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { AppError } from '../../lib/errors.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { DatabaseConnection } from './connection.ts'
import {
  controlLockLost,
  databaseHeld,
  databasePooled,
  databaseTaken,
  databaseUnavailable,
  detailsOf,
} from './database.errors.ts'
import { isSilence, LockSession, markConnection, type LockHolder, type LockOwner } from './lock-session.ts'

const tryAgainMs = 250
/**
 * How long a start waits for the lock. PostgreSQL notices at once if a process on its own machine has died,
 * and within 15 s if a machine is unreachable.
 */
const startWaitMs = 20_000
/** How long a new connection waits if the lock is lost. */
const admitWaitMs = 10_000
/** The time limit for opening a connection and for each statement of the lock's session. */
const answerMs = 10_000
const beatEveryMs = 5_000

/** What a control plane that stands by sees of the one that leads. */
export type LeaderSeen = {
  holder: LockHolder
  /** Asks for the migrations of the database; null if it has none. */
  migrations: () => Promise<string[] | null>
}

/** How a control plane waits for the lock without an end. */
export type StandBy = {
  /** Ends the wait: {@link ControlLock.acquire} then rejects with its reason. */
  signal: AbortSignal
  /** Called again and again while another control plane has the lock. What it throws ends the wait. */
  onSeen: (leader: LeaderSeen) => Promise<void>
  /** Called when the database is away, once for each reason. The wait goes on. */
  onAway: (reason: Error) => void
}

/** What the lock needs to be taken, and whom it tells about its loss. */
export type LockOptions = {
  connection: DatabaseConnection
  owner: LockOwner
  /** Set for a control plane that stands by: it waits until the lock is free, and not only for a while. */
  standBy?: StandBy
  /** Called once if the start must wait for a while for another control plane to end. */
  onWait: (holder: LockHolder) => void
  /** Called when the lock is lost, and for each further reason why it cannot be regained. */
  onLost: (reason: Error) => void
  onRegained: () => void
  /** Called once if another control plane has taken the lock. This one must then end. */
  onTaken: (error: AppError) => void
  /** Other times than the default ones, for tests. */
  times?: { waitMs?: number; answerMs?: number; beatEveryMs?: number }
}

/**
 * The right to use a database, which only one control plane has at a time. A separate session holds an
 * advisory lock of PostgreSQL. Each connection of the control plane must be admitted: it is marked with a
 * second, shared advisory lock, and refused if the session does not hold the first. A control plane that
 * takes the lock first ends the marked connections of former holders. Thus a statement of a former holder is
 * carried out before another control plane begins, or never. There is no time when both are active.
 */
export class ControlLock {
  readonly #options: LockOptions
  readonly #closed = new AbortController()
  /** Whether another control plane has the lock. */
  #isTaken = false
  #session: LockSession | null
  #kept: Promise<void> = Promise.resolve()
  readonly #whenSilent: (() => void)[] = []

  private constructor(options: LockOptions, session: LockSession) {
    this.#options = options
    this.#session = session
  }

  /**
   * Takes the lock. Rejects with `database.held` if another control plane keeps it, unless this one stands by, and
   * with `database.unavailable` if the server does not answer.
   */
  static async acquire(options: LockOptions): Promise<ControlLock> {
    const { standBy } = options
    const opened = await openSession(options).catch((error: unknown) => {
      throw error instanceof Error && isSilence(error) ? databaseUnavailable({}, error) : error
    })
    const session = await (standBy ? standByWith(opened, options, standBy) : takeWithin(opened, options))
    const lock = new ControlLock(options, session)
    lock.#kept = lock.#keep(session)
    return lock
  }

  /**
   * Admits a new connection, which must not run anything before. Rejects if the lock is lost and not regained
   * soon.
   */
  async admit(client: pg.ClientBase): Promise<void> {
    for (const deadline = performance.now() + admitWaitMs; ;) {
      const timeoutMs = Math.max(0, deadline - performance.now())
      await waitFor(() => this.#session !== null || this.#isTaken, { timeoutMs })
      const session = this.#session
      if (!session) throw controlLockLost({})
      const { isHeld, isSameSession } = await markConnection(client, this.#options.owner, session.pid)
      if (isSameSession) {
        // The pooler keeps that session open when we leave, and would keep its lock too.
        await client.query('select pg_advisory_unlock_all()')
        throw databasePooled({})
      }
      if (isHeld) return
      if (performance.now() > deadline) throw controlLockLost({})
      // The end of the session is not reported yet, or another session has the lock by now.
      await delay(tryAgainMs)
    }
  }

  /**
   * Calls a listener each time that the server is found silent: it neither answers nor closes its connections. One
   * silent session is not enough, because this process itself may have been stopped for a while. A new session must
   * also get no answer.
   */
  whenSilent(listener: () => void): void {
    this.#whenSilent.push(listener)
  }

  /** Releases the lock. The connections that it admitted must be closed before. */
  async close(): Promise<void> {
    this.#closed.abort()
    await this.#session?.close()
    await this.#kept
  }

  async #keep(first: LockSession): Promise<void> {
    const { onLost, onRegained, times } = this.#options
    for (let session: LockSession | null = first; session;) {
      void session.watch(times?.beatEveryMs ?? beatEveryMs)
      const reason = await session.ended
      this.#session = null
      await session.close()
      if (this.#closed.signal.aborted) return
      onLost(reason)
      session = await this.#regain()
      // `close` came while the lock was taken again, and could not end this session.
      if (this.#closed.signal.aborted) return session?.close()
      this.#session = session
      if (session) onRegained()
    }
  }

  /** Tries until we have the lock again. Null if another control plane has it, or after `close`. */
  async #regain(): Promise<LockSession | null> {
    const { signal } = this.#closed
    let last = ''
    while (!signal.aborted) {
      try {
        const tried = await this.#tryAgain()
        if (tried !== 'later') return tried
      } catch (error) {
        const reason = error instanceof Error ? error : new Error(String(error))
        if (reason.message !== last) this.#options.onLost(reason)
        last = reason.message
        if (isSilence(reason)) for (const listener of this.#whenSilent) listener()
      }
      await delay(tryAgainMs, undefined, { signal }).catch(() => undefined)
    }
    return null
  }

  async #tryAgain(): Promise<LockSession | null | 'later'> {
    const { owner, onTaken } = this.#options
    const session = await openSession(this.#options)
    let isOurs = false
    try {
      isOurs = await session.tryLock()
      if (isOurs) {
        await session.endOthers()
        return session
      }
      const holder = await session.holder()
      if (holder === null) return 'later'
      if (!holder.name.includes(`#${owner.token}`)) {
        this.#isTaken = true
        onTaken(databaseTaken(detailsOf(holder)))
        return null
      }
      // It is our own former session, whose end PostgreSQL has not noticed yet.
      await session.terminate(holder.backend)
      return 'later'
    } catch (error) {
      isOurs = false
      throw error
    } finally {
      if (!isOurs) await session.close()
    }
  }
}

const openSession = ({ connection, owner, times }: LockOptions): Promise<LockSession> =>
  LockSession.open(connection, owner, times?.answerMs ?? answerMs)

/** Takes the lock within the time of a start, and returns its session. Closes the session if it cannot have it. */
async function takeWithin(session: LockSession, options: LockOptions): Promise<LockSession> {
  const deadline = performance.now() + (options.times?.waitMs ?? startWaitMs)
  try {
    for (let hasTold = false; !(await session.tryLock()); await delay(tryAgainMs)) {
      const holder = await session.holder()
      if (performance.now() > deadline)
        throw holder ? databaseHeld(detailsOf(holder)) : databaseUnavailable({})
      if (holder === null) continue
      if (!hasTold) options.onWait(holder)
      hasTold = true
    }
    await session.endOthers()
    return session
  } catch (error) {
    await session.close()
    throw error
  }
}

/** Takes the lock when it is free, however long that is, and returns the session that has it. */
async function standByWith(
  first: LockSession,
  options: LockOptions,
  { signal, onSeen, onAway }: StandBy,
): Promise<LockSession> {
  let session: LockSession | null = first
  for (let last = ''; ;) {
    try {
      session ??= await openSession(options)
      if (await session.tryLock()) {
        await session.endOthers()
        signal.throwIfAborted()
        return session
      }
      const asked = session
      const holder = await asked.holder()
      if (holder !== null) await onSeen({ holder, migrations: () => asked.migrations() })
      last = ''
      await delay(tryAgainMs, undefined, { signal })
    } catch (error) {
      await session?.close()
      session = null
      if (signal.aborted || error instanceof AppError || !(error instanceof Error)) throw error
      if (error.message !== last) onAway(error)
      last = error.message
      await delay(tryAgainMs, undefined, { signal })
    }
  }
}
