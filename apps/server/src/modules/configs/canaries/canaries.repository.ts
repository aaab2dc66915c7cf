import { and, asc, eq, gt, inArray, isNull, like, or, sql } from 'drizzle-orm'
import { keyOfVariable, most, type Json } from '@vitrine/contract'
import type { Database } from '../../../adapters/database/database.ts'
import { usualBounds } from '../config-bounds.ts'
import { isOfScope, serviceScope, systemScope } from '../scopes/config-scope.ts'
import type { NewValue } from '../changes.repository.ts'
import { configFull } from '../configs.errors.ts'
import { configCanaries, configChanges, configDrafts } from '../configs.tables.ts'

/** Values that a canary tries. */
export type NewCanary = {
  serviceId: string
  values: readonly NewValue[]
  /** Seals secrets in clear. */
  seal: (value: Json) => string
}

/** Rows of `config_canaries`. */
export type ConfigCanariesRepository = ReturnType<typeof createConfigCanaries>

type Row = typeof configCanaries.$inferSelect

const rowOf = (
  { serviceId, seal }: NewCanary,
  number: number,
  { key: configKey, value, secret, sealing, description, base = 0 }: NewValue,
): typeof configCanaries.$inferInsert => {
  const given = value === undefined || sealing === 'keep' ? null : sealing === 'seal' ? seal(value) : value
  return {
    number,
    serviceId,
    configKey,
    secret,
    description,
    base,
    value: given,
    unset: value === undefined,
  }
}

const valueOf = ({ serviceId, configKey: key, value, unset, secret, description, base }: Row): NewValue => ({
  scope: serviceScope(serviceId),
  key,
  secret,
  description,
  base,
  value: unset ? undefined : value,
  // The change keeps the value of a secret and changes only its description.
  ...(value === null && !unset && { sealing: 'keep' as const }),
})

/**
 * Deletes the oldest secrets of failed canaries if they take too much space. Throws `config.full` if the values to try
 * alone take too much.
 */
async function keepWithin(within: Database, serviceId: string): Promise<void> {
  const { id, number, value, ended } = configCanaries
  const ofService = eq(configCanaries.serviceId, serviceId)
  await within.execute(sql`
    delete from ${configCanaries} where ${id} in (
      select id from (
        select ${id} as id, ${ended} as ended,
          sum(coalesce(pg_column_size(${value}), 0)) over newest as total, row_number() over newest as place
        from ${configCanaries} where ${ofService}
        window newest as (order by ${ended}, ${number} desc, ${id})
      ) as ranked
      where ended and (total > ${usualBounds.values} or place > ${most.configChanges})
    )`)
  const [sum] = await within
    .select({ bytes: sql<number>`coalesce(sum(pg_column_size(${value})), 0)::float8` })
    .from(configCanaries)
    .where(ofService)
  if (sum && sum.bytes > usualBounds.values) throw configFull({ limit_bytes: usualBounds.values })
}

export function createConfigCanaries({ db }: { db: Database }) {
  const isPending = (number: number) =>
    and(eq(configCanaries.number, number), eq(configCanaries.ended, false))
  return {
    /**
     * Stores the values that a canary tries. Resolves with the number that is reserved for their revision. Call it in a
     * transaction that holds the lock of the revisions, so that nothing is sealed with a replaced key. Throws
     * `config.full`.
     */
    async insert(canary: NewCanary): Promise<number> {
      const { rows } = await db.execute<{ number: number }>(
        sql`select nextval(pg_get_serial_sequence('config_revisions', 'number'))::int as number`,
      )
      const number = rows[0]?.number
      if (number === undefined) throw new Error('no number was reserved for a revision')
      await db.insert(configCanaries).values(canary.values.map((value) => rowOf(canary, number, value)))
      await keepWithin(db, canary.serviceId)
      return number
    },
    /** The values that a canary tries. Empty if it has passed or failed. */
    async values(number: number): Promise<NewValue[]> {
      const rows = await db
        .select()
        .from(configCanaries)
        .where(isPending(number))
        .orderBy(asc(configCanaries.configKey))
      return rows.map(valueOf)
    },
    /**
     * Removes the values of a canary that have become a revision, and the changes of drafts that they came from. A
     * change that was drafted again stays.
     */
    async becameCurrent(number: number, published: readonly string[]): Promise<void> {
      await db.delete(configCanaries).where(isPending(number))
      await db.delete(configDrafts).where(inArray(configDrafts.id, [...published]))
    },
    /** Ends a canary that has failed. Its secrets stay, so that they can be hidden in logs. */
    async giveUp(number: number): Promise<void> {
      await db
        .delete(configCanaries)
        .where(and(isPending(number), or(eq(configCanaries.secret, false), isNull(configCanaries.value))))
      await db.update(configCanaries).set({ ended: true }).where(isPending(number))
    },
    /** The keys of the variables that have changed since a revision: those of the service and those of all services. */
    async changedSince(serviceId: string, revision: number): Promise<string[]> {
      const rows = await db
        .selectDistinct({ key: configChanges.configKey })
        .from(configChanges)
        .where(
          and(
            or(isOfScope(configChanges, systemScope), isOfScope(configChanges, serviceScope(serviceId))),
            gt(configChanges.revision, revision),
            like(configChanges.configKey, `${keyOfVariable('')}%`),
          ),
        )
        .orderBy(configChanges.configKey)
      return rows.map(({ key }) => key)
    },
  }
}
