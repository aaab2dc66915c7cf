import { useI18n } from 'vue-i18n'
import { configKeys, isKnownConfigKey } from '../../shared/config-keys.ts'

/** The words for a key of the configuration, in the language of the page. Null for variables and for keys that people have made. */
export const useKeyTitle = (): ((key: string) => string | null) => {
  const { locale } = useI18n()
  return (key) => (isKnownConfigKey(key) ? configKeys[key].title[locale.value === 'en' ? 'en' : 'zh'] : null)
}
