import { configKeys } from '@vitrine/contract'
import type { Language } from '../../lib/errors.ts'
import type { ConfigsRepository } from './configs.repository.ts'

/** The language that a person has chosen for the pages, which their programs get too. Null if they have chosen none. */
export async function accountLanguage(
  configs: Pick<ConfigsRepository, 'value'>,
  userId: string,
): Promise<Language | null> {
  const stored = await configs.value({ type: 'user', serviceId: null, userId }, 'ui.language')
  return configKeys['ui.language'].schema.nullable().parse(stored?.configValue ?? null)
}
