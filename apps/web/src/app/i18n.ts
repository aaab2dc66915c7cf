import type { Language as ElementLanguage } from 'element-plus/es/locale'
import { shallowRef } from 'vue'
import { createI18n } from 'vue-i18n'
import { languageTag, type Language, type Messages } from '../locales/languages.ts'

/** The translator of the whole application. */
export const i18n = createI18n({
  legacy: false,
  locale: 'zh',
  messages: {},
  missingWarn: false,
  fallbackWarn: false,
})

/** Element Plus's own texts in the current language. */
export const elementLocale = shallowRef<ElementLanguage>()

type Loaded = [{ default: Messages }, { default: ElementLanguage }]
const load: Record<Language, () => Promise<Loaded>> = {
  zh: () => Promise.all([import('../locales/zh.ts'), import('element-plus/es/locale/lang/zh-cn.mjs')]),
  en: () => Promise.all([import('../locales/en.ts'), import('element-plus/es/locale/lang/en.mjs')]),
}

/** Loads a language's texts and shows the application in it. */
export const showLanguage = async (language: Language): Promise<void> => {
  const [messages, element] = await load[language]()
  i18n.global.setLocaleMessage(language, messages.default)
  elementLocale.value = element.default
  i18n.global.locale.value = language
  document.documentElement.lang = languageTag[language]
}
