import { useI18n } from 'vue-i18n'

/** What a label consists of if nothing of it can be seen; null for any other. Pure. */
export const unseenLabel = (label: string): 'space' | 'empty' | null =>
  label === '' ? 'empty' : label.trim() === '' ? 'space' : null

/** Shows labels of results: words stand for one of which nothing can be seen, such as that of the space among letters. */
export const useLabelText = (): ((label: string) => string) => {
  const { t } = useI18n()
  return (label) => {
    const unseen = unseenLabel(label)
    return unseen === null ? label : t(`viewers.unseen_label.${unseen}`)
  }
}
