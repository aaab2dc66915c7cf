import { and, eq } from 'drizzle-orm'
import { nameTranslations } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { instances, isInstanceOf } from '../instances/instances.tables.ts'
import { isRelease, releases } from '../releases/releases.tables.ts'
import { algorithmServices } from '../services/services.tables.ts'

/** Changes that a deployment makes to several tables at once. */
export type DeploymentsRepository = ReturnType<typeof createDeploymentsRepository>

export const createDeploymentsRepository = ({ db }: { db: Database }) => ({
  /**
   * The release becomes the one that serves, the one before it retired: all at once, so that a crash in between cannot
   * leave a service whose release is not the active one.
   */
  async activate(serviceId: string, number: number): Promise<void> {
    await db.transaction(async (tx) => {
      await tx
        .update(releases)
        .set({ status: 'retired' })
        .where(and(eq(releases.serviceId, serviceId), eq(releases.status, 'active')))
      const [active] = await tx
        .update(releases)
        .set({ status: 'active', failure: null })
        .where(isRelease(serviceId, number))
        .returning({ manifest: releases.manifest })
      if (!active) throw new Error(`no release ${number} of ${serviceId}`)
      await tx.update(instances).set({ onTrial: false }).where(isInstanceOf(serviceId, number))
      await tx
        .update(algorithmServices)
        .set({
          ...{ currentRelease: number, desired: 'running', asleep: false, updatedAt: new Date() },
          translations: nameTranslations(active.manifest),
        })
        .where(eq(algorithmServices.id, serviceId))
    })
  },
})
