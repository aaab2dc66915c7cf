import { z } from 'zod'
import type { ConfigsRepository } from '../configs/configs.repository.ts'

const key = 'gateway.driver'
const driver = z.enum(['embedded', 'nginx'])

/** The driver that an administrator chose, or null. */
export async function readDriverChoice(
  configs: Pick<ConfigsRepository, 'get'>,
): Promise<'embedded' | 'nginx' | null> {
  return driver.nullable().parse(await configs.get(key))
}

/** Stores the choice for the next start. */
export const keepDriverChoice = (
  configs: Pick<ConfigsRepository, 'set'>,
  chosen: 'embedded' | 'nginx',
): Promise<void> => configs.set(key, chosen)
