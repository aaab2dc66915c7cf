import { useSession } from '../features/session/session.ts'
import { languages } from '../locales/languages.ts'
import { readAccountPreferences, takeChosenBefore } from './account-preferences.ts'
import { themes, usePreferences } from './preferences.ts'
import { pathOf, startPageOf } from './start-pages.ts'

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/**
 * Takes over what a person prefers, when they have just signed in, and resolves with the page to open: the one that was asked for, or
 * the one that they prefer. What they chose just before counts more than what is stored. If their preferences cannot be read, or the
 * texts of their language not be loaded, this browser's hold.
 */
export async function pageAfterSignIn(asked: string | null): Promise<string> {
  const read = await readAccountPreferences().catch(() => new Map<string, unknown>())
  const stored = new Map([...read, ...takeChosenBefore()])
  const preferences = usePreferences()
  const language = languages.find((each) => each === stored.get('ui.language'))
  if (language !== undefined && language !== preferences.language)
    await preferences.setLanguage(language).catch(() => undefined)
  const theme = themes.find((each) => each === stored.get('ui.theme'))
  if (theme !== undefined) preferences.theme = theme
  const singleKeys = stored.get('ui.single_keys')
  if (typeof singleKeys === 'boolean') preferences.singleKeys = singleKeys
  const folded = stored.get('ui.folded_groups')
  if (isTexts(folded)) preferences.foldedGroups = folded
  const start = startPageOf(stored.get('ui.start_page'), useSession().may)
  return asked ?? pathOf(start ?? 'showcase')
}
