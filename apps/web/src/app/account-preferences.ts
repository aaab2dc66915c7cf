import type { ListPreference } from '@vitrine/contract'
import type { lists } from '@vitrine/contract/choices'
import { api } from '../api/client.ts'
import { useSession } from '../features/session/session.ts'

/** The keys of the configuration that hold what a person prefers. */
type PreferenceKey =
  | 'ui.language'
  | 'ui.theme'
  | 'ui.start_page'
  | 'ui.single_keys'
  | 'ui.folded_groups'
  | `ui.list.${(typeof lists)[number]}`
type PreferenceValue = string | boolean | string[] | ListPreference

/** What can be chosen on the page for signing in. */
const chosenBefore = ['ui.language', 'ui.theme'] as const
const isChosenBefore = (key: PreferenceKey): boolean => chosenBefore.some((one) => one === key)

/** The preferences of a person that are stored with their account. */
export async function readAccountPreferences(): Promise<ReadonlyMap<string, unknown>> {
  const { items } = await api('GET /config', { query: { type: 'user' } })
  return new Map(items.map(({ key, value }) => [key, value]))
}

/** Stores a preference with the account. */
export const storePreference = (key: PreferenceKey, value: PreferenceValue) =>
  api('POST /config', { body: { changes: [{ type: 'user', key, value }] } })

/**
 * The storage key of a choice that waits for a sign-in. It must outlive the page, because another server may sign the
 * person in.
 */
const placeOf = (key: PreferenceKey): string => `vitrine.chosen.${key}`
let storing: Promise<unknown> = Promise.resolve()

/**
 * Stores a preference with the account of the signed-in person, after those that are already being stored, so that the
 * last choice wins. If that fails, the choice still applies in this browser. If nobody is signed in, language and theme
 * wait for the next sign-in.
 */
export async function keepWithAccount(key: PreferenceKey, value: PreferenceValue): Promise<void> {
  if (useSession().user === null) {
    if (isChosenBefore(key)) sessionStorage.setItem(placeOf(key), String(value))
    return
  }
  sessionStorage.removeItem(placeOf(key))
  storing = storing.then(() => storePreference(key, value)).catch(() => undefined)
  await storing
}

/** The choices that were made before the sign-in. They now belong to the person, and are stored with their account. */
export function takeChosenBefore(): ReadonlyMap<string, unknown> {
  const chosen = chosenBefore.flatMap((key): [PreferenceKey, string][] => {
    const value = sessionStorage.getItem(placeOf(key))
    return value === null ? [] : [[key, value]]
  })
  for (const [key, value] of chosen) void keepWithAccount(key, value)
  return new Map(chosen)
}
