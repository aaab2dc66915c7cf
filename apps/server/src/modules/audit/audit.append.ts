import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { isUnreachable, type Database } from '../../adapters/database/database.ts'
import { storableJsonText } from '../../lib/storable-text.ts'
import { contentDigest, linkOf, type AuditContent, type ChainHead } from './audit.chain.ts'
import { auditChain, auditLog } from './audit.tables.ts'

/** Most entries that are written by one statement. */
const mostAtOnce = 100

const anyEntry = z.object({
  actor: z.string(),
  actorId: z.string().nullable(),
  action: z.string(),
  target: z.string(),
  details: z.record(z.string(), z.json()),
  requestId: z.string().nullable(),
})

/** An entry without what PostgreSQL cannot store: an entry that fails would hide a change that was made. */
const storable = (entry: AuditContent): AuditContent =>
  anyEntry.parse(JSON.parse(storableJsonText(JSON.stringify(entry))))

type Waiting = { entry: AuditContent; resolve: () => void; reject: (error: unknown) => void }

/** The entries as they follow on the end of the chain, and the new end. */
function chained(key: string, head: ChainHead, entries: readonly AuditContent[]) {
  // A stored time has microseconds; the hash is over milliseconds, which both have.
  const createdAt = new Date()
  let end = head
  const rows = entries.map((entry) => {
    const digest = contentDigest(entry)
    const number = end.number + 1
    const hash = linkOf(key, { previous: end.hash, number, createdAt, action: entry.action, digest })
    end = { number, hash }
    return {
      number,
      digest,
      hash,
      actor: entry.actor,
      actor_id: entry.actorId,
      action: entry.action,
      target: entry.target,
      details: entry.details,
      request_id: entry.requestId,
      created_at: createdAt.toISOString(),
    }
  })
  return { rows, end }
}

/**
 * Writes the row with the end of the chain. Where the row was removed from a log with entries, it goes on after the last one, and
 * a check finds what is missing.
 */
const beginChain = (db: Database): Promise<unknown> =>
  db.execute(sql`
    insert into ${auditChain} (number, hash)
    select coalesce(max(number), 0), coalesce((array_agg(hash order by number desc))[1], '')
    from ${auditLog} on conflict do nothing`)

/**
 * Appends entries to the chain. Entries that come while others are being written are written together, by one statement:
 * it moves the end of the chain, which is one row, and inserts only if nobody else has moved it. So the lock is held for
 * that statement alone, and many requests at once wait for one. `key` is the secret of the chain.
 */
export function createAuditAppender({ db, key }: { db: Database; key: string }) {
  let known: ChainHead | null = null
  const waiting: Waiting[] = []
  let isWriting = false

  async function readHead(): Promise<ChainHead> {
    for (;;) {
      const [head] = await db.select().from(auditChain)
      if (head) return head
      await beginChain(db)
    }
  }

  /** Resolves with whether the end was still where it was thought to be. */
  async function tryWrite(head: ChainHead, { rows, end }: ReturnType<typeof chained>): Promise<boolean> {
    const { rowCount } = await db.execute(sql`
      with moved as (
        update ${auditChain} set number = ${end.number}, hash = ${end.hash}
        where number = ${head.number} and hash = ${head.hash} returning id)
      insert into ${auditLog}
        (number, digest, hash, actor, actor_id, action, target, details, request_id, created_at)
      select e.number, e.digest, e.hash, e.actor, e.actor_id, e.action, e.target, e.details, e.request_id, e.created_at
      from moved, json_to_recordset(${JSON.stringify(rows)}::json) as e
        (number bigint, digest text, hash text, actor text, actor_id text, action text, target text,
         details jsonb, request_id text, created_at timestamptz)`)
    return rowCount === rows.length
  }

  async function isWritten({ number, hash }: ChainHead): Promise<boolean> {
    const found = await db
      .select({ id: auditLog.id })
      .from(auditLog)
      .where(and(eq(auditLog.number, number), eq(auditLog.hash, hash)))
    return found.length > 0
  }

  /**
   * Writes entries, and tries once more after a lost connection. The statement may have been carried out though its answer was lost,
   * and then the entries must not be written twice.
   */
  async function write(entries: readonly AuditContent[]): Promise<void> {
    for (let sent: ChainHead | null = null; ;) {
      if (sent && (await isWritten(sent))) return
      const head: ChainHead = (known ??= await readHead())
      const next = chained(key, head, entries)
      try {
        known = (await tryWrite(head, next)) ? next.end : null
        if (known) return
      } catch (error) {
        known = null
        if (sent || !isUnreachable(error)) throw error
        sent = next.end
      }
    }
  }

  async function writeEach(batch: readonly Waiting[]): Promise<void> {
    try {
      await write(batch.map(({ entry }) => entry))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      known = null
      // An entry that cannot be stored must not prevent the others, so each is written by itself. If the database is away, none can be stored.
      const [only, ...others] = batch
      if (others.length === 0) only?.reject(error)
      else if (isUnreachable(error)) for (const { reject } of batch) reject(error)
      else for (const each of batch) await writeEach([each])
    }
  }

  async function writeAll(): Promise<void> {
    if (isWriting) return
    isWriting = true
    while (waiting.length > 0) await writeEach(waiting.splice(0, mostAtOnce))
    isWriting = false
  }

  return (entry: AuditContent): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ entry: storable(entry), resolve, reject })
      void writeAll()
    })
}
