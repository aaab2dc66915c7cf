import { and, eq, isNotNull, ne, or, sql } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import type { SealingKeys } from '../../lib/sealing-keys.ts'
import { secondFactors } from '../auth/auth.tables.ts'
import { giteaConfigs } from '../gitea/gitea.tables.ts'
import { pushRules } from '../pipelines/pipelines.tables.ts'
import {
  configCanaries,
  configChanges,
  configDrafts,
  configRevisions,
  serviceConfigs,
} from '../configs/configs.tables.ts'

/** The state of the secrets: how many are sealed with the newest key, and how many no key opens. */
export type Resealed = { sealed: number; unreadable: number }

/** Seals a text with the newest key, and counts it. Null if the stored text stays as it is. */
function resealer(keys: Pick<SealingKeys, 'seal' | 'open'>) {
  const counts: Resealed = { sealed: 0, unreadable: 0 }
  const again = (value: Json): string | null => {
    if (typeof value !== 'string' || value === '') return null
    try {
      const text = keys.seal(keys.open(value))
      counts.sealed += 1
      return text
    } catch {
      // It stays as it is: with its own key it can be opened again.
      counts.unreadable += 1
      return null
    }
  }
  return { counts, again }
}

async function resealConfigs(within: Database, again: (value: Json) => string | null): Promise<void> {
  const values = await within.select().from(serviceConfigs).where(eq(serviceConfigs.secret, true))
  for (const { id, configValue } of values) {
    const text = again(configValue)
    // A value that is only sealed again has not changed.
    if (text !== null)
      await within
        .update(serviceConfigs)
        .set({ configValue: text, updatedAt: sql`${serviceConfigs.updatedAt}` })
        .where(eq(serviceConfigs.id, id))
  }
  const changes = await within
    .select()
    .from(configChanges)
    .where(or(eq(configChanges.secretBefore, true), eq(configChanges.secretAfter, true)))
  for (const { id, before, after, secretBefore, secretAfter } of changes) {
    const texts = { before: secretBefore ? again(before) : null, after: secretAfter ? again(after) : null }
    const set = {
      ...(texts.before !== null && { before: texts.before }),
      ...(texts.after !== null && { after: texts.after }),
    }
    if (Object.keys(set).length > 0)
      await within.update(configChanges).set(set).where(eq(configChanges.id, id))
  }
}

async function resealDrafts(within: Database, again: (value: Json) => string | null): Promise<void> {
  const drafts = await within
    .select()
    .from(configDrafts)
    .where(and(eq(configDrafts.secret, true), isNotNull(configDrafts.value)))
  for (const { id, value } of drafts) {
    const text = again(value)
    if (text !== null) await within.update(configDrafts).set({ value: text }).where(eq(configDrafts.id, id))
  }
  const tried = await within
    .select()
    .from(configCanaries)
    .where(and(eq(configCanaries.secret, true), isNotNull(configCanaries.value)))
  for (const { id, value } of tried) {
    const text = again(value)
    if (text !== null)
      await within.update(configCanaries).set({ value: text }).where(eq(configCanaries.id, id))
  }
}

async function resealOthers(within: Database, again: (value: Json) => string | null): Promise<void> {
  for (const { id, accessToken } of await within
    .select()
    .from(giteaConfigs)
    .where(and(eq(giteaConfigs.status, 'active'), ne(giteaConfigs.accessToken, '')))) {
    const text = again(accessToken)
    if (text !== null)
      await within
        .update(giteaConfigs)
        .set({ accessToken: text, updatedAt: sql`${giteaConfigs.updatedAt}` })
        .where(eq(giteaConfigs.id, id))
  }
  for (const { serviceId, hookSecret } of await within
    .select()
    .from(pushRules)
    .where(isNotNull(pushRules.hookSecret))) {
    const text = again(hookSecret)
    if (text !== null)
      await within.update(pushRules).set({ hookSecret: text }).where(eq(pushRules.serviceId, serviceId))
  }
  for (const { userId, secret } of await within.select().from(secondFactors)) {
    const text = again(secret)
    if (text !== null)
      await within.update(secondFactors).set({ secret: text }).where(eq(secondFactors.userId, userId))
  }
}

/** Secrets of all modules, as they are stored: configuration with its history, drafts and what canaries try, the token of Gitea, what webhooks sign with, second factors. */
export type SecretsRepository = ReturnType<typeof createSecretsRepository>

export function createSecretsRepository({ db }: { db: Database }) {
  return {
    /** Seals every secret with the newest key, all in one transaction. One that no key opens stays as it is. */
    sealAnew: (keys: Pick<SealingKeys, 'seal' | 'open'>): Promise<Resealed> =>
      db.transaction(async (within) => {
        await within.execute(sql`lock table ${configRevisions} in share row exclusive mode`)
        await within.execute(
          sql`lock table ${giteaConfigs}, ${pushRules}, ${secondFactors} in share row exclusive mode`,
        )
        const { counts, again } = resealer(keys)
        await resealConfigs(within, again)
        await resealDrafts(within, again)
        await resealOthers(within, again)
        return counts
      }),
    /** The secrets that count now, sealed. */
    async sealedNow(): Promise<string[]> {
      const values = await db
        .select({ sealed: serviceConfigs.configValue })
        .from(serviceConfigs)
        .where(eq(serviceConfigs.secret, true))
      const tokens = await db
        .select({ sealed: giteaConfigs.accessToken })
        .from(giteaConfigs)
        .where(and(eq(giteaConfigs.status, 'active'), ne(giteaConfigs.accessToken, '')))
      const factors = await db.select({ sealed: secondFactors.secret }).from(secondFactors)
      return [...values, ...tokens, ...factors].map(({ sealed }) => String(sealed))
    },
  }
}
