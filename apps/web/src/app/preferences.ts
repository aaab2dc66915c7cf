import { usePreferredDark, useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, watch } from 'vue'
import { showLanguage } from './i18n.ts'
import { askInNewLanguage } from './query.ts'
import { languages, type Language } from '../locales/languages.ts'

/** How light or dark is chosen. */
export const themes = ['system', 'light', 'dark'] as const
/** How light or dark is chosen. */
export type Theme = (typeof themes)[number]

/**
 * The language of a browser that has chosen none: Chinese, as the product is; a customer who opens a link is met in
 * their browser's own, and in English where we do not speak it.
 */
export const firstLanguage = (path: string, browser: readonly string[]): Language => {
  if (!path.startsWith('/s/')) return 'zh'
  const spoken = browser.map((tag) => tag.toLowerCase().split('-')[0])
  return languages.find((language) => spoken[0] === language) ?? 'en'
}

/** What a person prefers in this browser. */
export const usePreferences = defineStore('preferences', () => {
  const language = useStorage<Language>(
    'vitrine.language',
    firstLanguage(location.pathname, navigator.languages),
  )
  const theme = useStorage<Theme>('vitrine.theme', 'system')
  // The storage is a person's to edit.
  if (!languages.includes(language.value)) language.value = 'zh'
  if (!themes.includes(theme.value)) theme.value = 'system'

  const systemDark = usePreferredDark()
  const dark = computed(() => (theme.value === 'system' ? systemDark.value : theme.value === 'dark'))
  watch(dark, (isDark) => document.documentElement.classList.toggle('dark', isDark), { immediate: true })

  /** Switches the language; the old one stays until the new one's texts are here, and what the server said until it has said it anew. */
  const setLanguage = async (next: Language): Promise<void> => {
    await showLanguage(next)
    language.value = next
    askInNewLanguage()
  }
  return { language, theme, dark, setLanguage }
})
