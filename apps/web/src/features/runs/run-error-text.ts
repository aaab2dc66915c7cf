import type { Json } from '@vitrine/contract'
import { isJsonObject } from '../../shared/json-object.ts'
import { useI18n } from 'vue-i18n'

type RunError = { code: string; message: string; details?: Json }

/** Why a run failed, in the reader's language where the platform itself says so; an algorithm's words are left as they are. */
export const useRunErrorText = (): ((error: RunError) => string) => {
  const { t, te } = useI18n()
  return ({ code, message, details }) => {
    const key = `runs.error.${code}`
    if (!te(key)) return message
    return t(key, isJsonObject(details) ? details : {})
  }
}
