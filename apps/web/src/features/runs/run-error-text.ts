import type { Json } from '@vitrine/contract'
import { isJsonObject } from '../../shared/json-object.ts'
import { useI18n } from 'vue-i18n'

type RunError = { code: string; message: string; details?: Json }

/**
 * Returns a function that says why a run failed. The platform's own errors are in the reader's language; an
 * algorithm's messages stay as they are.
 */
export const useRunErrorText = (): ((error: RunError) => string) => {
  const { t, te } = useI18n()
  return ({ code, message, details }) => {
    const key = `runs.error.${code}`
    if (!te(key)) return message
    return t(key, isJsonObject(details) ? details : {})
  }
}
