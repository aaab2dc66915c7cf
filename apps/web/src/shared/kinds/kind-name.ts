import { useI18n } from 'vue-i18n'

/** A kind's name in the reader's language; an unknown kind is called as the algorithm calls it. */
export const useKindName = (): ((kind: string) => string) => {
  const { t, te } = useI18n()
  return (kind) => (te(`kinds.${kind}.name`) ? t(`kinds.${kind}.name`) : kind)
}
