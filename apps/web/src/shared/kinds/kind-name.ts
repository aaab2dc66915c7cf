import { useI18n } from 'vue-i18n'

/**
 * Returns a function for a kind's name in the reader's language. An unknown kind keeps the algorithm's name
 * for it.
 */
export const useKindName = (): ((kind: string) => string) => {
  const { t, te } = useI18n()
  return (kind) => (te(`kinds.${kind}.name`) ? t(`kinds.${kind}.name`) : kind)
}
