import { usePreferredDark, useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, watch } from 'vue'
import { keepWithAccount } from './account-preferences.ts'
import { showLanguage } from './i18n.ts'
import { refetchInNewLanguage } from './query.ts'
import { languages, type Language } from '../locales/languages.ts'

/** The themes that a person can choose. */
export const themes = ['system', 'light', 'dark'] as const
/** A theme that a person can choose. */
export type Theme = (typeof themes)[number]

/**
 * The language of a browser without a stored choice: the first that the browser names and the pages have. Where it names
 * neither, it is Chinese, the product's language. On a share link, which a customer opens, it is the browser's first language, and English
 * if the pages do not have that.
 */
export const firstLanguage = (path: string, browser: readonly string[]): Language => {
  const spoken = browser.map((tag) => languages.find((one) => tag.toLowerCase().split('-')[0] === one))
  if (path.startsWith('/s/')) return spoken[0] ?? 'en'
  return spoken.find((language) => language !== undefined) ?? 'zh'
}

/** The preferences of a person in this browser. They also apply in other browsers in which they sign in. */
export const usePreferences = defineStore('preferences', () => {
  const language = useStorage<Language>(
    'vitrine.language',
    firstLanguage(location.pathname, navigator.languages),
  )
  const theme = useStorage<Theme>('vitrine.theme', 'system')
  /** Whether single-key shortcuts are on. They disturb people with some input devices. */
  const singleKeys = useStorage('vitrine.single_keys', true)
  /** The groups that are folded on the page of the services. */
  const foldedGroups = useStorage<string[]>('vitrine.services.folded', [])
  // A person may have edited the storage.
  if (!languages.includes(language.value)) language.value = 'zh'
  if (!themes.includes(theme.value)) theme.value = 'system'

  const systemDark = usePreferredDark()
  const dark = computed(() => (theme.value === 'system' ? systemDark.value : theme.value === 'dark'))
  const show = (isDark: boolean) => {
    const { classList, dataset } = document.documentElement
    classList.toggle('dark', isDark)
    // The chosen theme, even while a picture for printing is made in the light theme.
    dataset.theme = isDark ? 'dark' : 'light'
  }
  watch(dark, show, { immediate: true })

  /**
   * Switches the language. The old language stays until the texts of the new one are loaded, and texts of the
   * server stay until it has sent them again.
   */
  const setLanguage = async (next: Language): Promise<void> => {
    await showLanguage(next)
    language.value = next
    refetchInNewLanguage()
  }
  /** Switches the language, and stores the choice with the account of the signed-in person. */
  const chooseLanguage = async (next: Language): Promise<void> => {
    await setLanguage(next)
    await keepWithAccount('ui.language', next)
  }
  /** Switches the theme, and stores the choice with the account of the signed-in person. */
  const chooseTheme = async (next: Theme): Promise<void> => {
    theme.value = next
    await keepWithAccount('ui.theme', next)
  }
  /** Turns shortcuts of a single key on or off, and stores that with the account. */
  const chooseSingleKeys = async (next: boolean): Promise<void> => {
    singleKeys.value = next
    await keepWithAccount('ui.single_keys', next)
  }
  /** Folds a group of services or opens it, and stores that with the account. */
  const foldGroup = async (key: string): Promise<void> => {
    const isFolded = foldedGroups.value.includes(key)
    const next = isFolded ? foldedGroups.value.filter((other) => other !== key) : [...foldedGroups.value, key]
    foldedGroups.value = next
    await keepWithAccount('ui.folded_groups', next)
  }
  return {
    language,
    theme,
    singleKeys,
    foldedGroups,
    dark,
    setLanguage,
    chooseLanguage,
    chooseTheme,
    chooseSingleKeys,
    foldGroup,
  }
})
