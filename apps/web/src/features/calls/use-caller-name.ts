import type { Call } from '@vitrine/contract'
import { useI18n } from 'vue-i18n'

/** Gives the name of a caller in the reader's words. */
export const useCallerName = (): ((caller: Call['caller']) => string) => {
  const { t } = useI18n()
  return (caller) =>
    caller === null ? t('calls.nobody') : (caller.name ?? t('calls.gone', { id: caller.id.slice(0, 8) }))
}
