import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

/** The name that administrators gave the platform, which the server puts into the page; null if it has the product's own. */
export const givenName = (): string | null =>
  document.querySelector<HTMLMetaElement>('meta[name="application-name"]')?.content ?? null

/** The name of the platform. */
export function useAppTitle(): ComputedRef<string> {
  const { t } = useI18n()
  return computed(() => givenName() ?? t('app.title'))
}
