import { useI18n } from 'vue-i18n'
import { ApiError } from '../api/client.ts'

/**
 * Returns a function that describes an error in the reader's language: with the page's own text for its code
 * if there is one, else with the server's sentence.
 */
export const useErrorText = (): ((error: unknown) => string) => {
  const { t, te } = useI18n()
  return (error) => {
    if (error instanceof ApiError) {
      const key = `error.${error.code}`
      return te(key) ? t(key) : error.message
    }
    return error instanceof Error ? error.message : String(error)
  }
}
