import { useListPreferences } from '../features/list-views/list-preferences.ts'
import { useSession } from '../features/session/session.ts'
import { languages } from '../locales/languages.ts'
import { readAccountPreferences, takeChosenBefore } from './account-preferences.ts'
import { themes, usePreferences } from './preferences.ts'
import { pathOf, startPageOf } from './start-pages.ts'

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/**
 * Applies the preferences of a person who has just signed in. Resolves with the page to open: the requested one, or the
 * preferred one. Choices from just before the sign-in take precedence over stored ones. If the preferences or the texts
 * of the language cannot be loaded, those of this browser are kept.
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
  // This is done even if the preferences could not be read, because those of another person must not stay.
  useListPreferences().take(stored)
  const start = startPageOf(stored.get('ui.start_page'), useSession().may)
  return asked ?? pathOf(start ?? 'showcase')
}
