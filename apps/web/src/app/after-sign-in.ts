import { useSession } from '../features/session/session.ts'
import { languages } from '../locales/languages.ts'
import { readAccountPreferences } from './account-preferences.ts'
import { themes, usePreferences } from './preferences.ts'
import { pathOf, startPagesFor } from './start-pages.ts'

/**
 * Takes over what a person prefers, when they have just signed in, and resolves with the page to open: the one that was asked for, or
 * the one that they prefer. If their preferences cannot be read, this browser's hold.
 */
export async function pageAfterSignIn(asked: string): Promise<string> {
  const stored = await readAccountPreferences().catch(() => new Map<string, unknown>())
  const preferences = usePreferences()
  const language = languages.find((each) => each === stored.get('ui.language'))
  if (language !== undefined && language !== preferences.language) await preferences.setLanguage(language)
  const theme = themes.find((each) => each === stored.get('ui.theme'))
  if (theme !== undefined) preferences.theme = theme
  const start = startPagesFor(useSession().may).find((each) => each === stored.get('ui.start_page'))
  return asked === '/' && start !== undefined ? pathOf(start) : asked
}
