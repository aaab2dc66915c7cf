import { api } from '../api/client.ts'
import { useSession } from '../features/session/session.ts'

/** The keys of the configuration that hold what a person prefers. */
type PreferenceKey = 'ui.language' | 'ui.theme' | 'ui.start_page'

/** What a person prefers, as it is stored with their account. */
export async function readAccountPreferences(): Promise<ReadonlyMap<string, unknown>> {
  const { items } = await api('GET /config', { query: { type: 'user' } })
  return new Map(items.map(({ key, value }) => [key, value]))
}

/** Stores a preference with the account. */
export const storePreference = (key: PreferenceKey, value: string) =>
  api('POST /config', { body: { changes: [{ type: 'user', key, value }] } })

/** Stores a preference with the account of whoever is signed in. If that fails, it still holds in this browser. */
export async function keepWithAccount(key: PreferenceKey, value: string): Promise<void> {
  if (useSession().user === null) return
  await storePreference(key, value).catch(() => undefined)
}
