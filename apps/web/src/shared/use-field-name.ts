import { useI18n } from 'vue-i18n'

/** Says what a field of a request or of a value is called. One that has no words is shown as it is. */
export const useFieldName = (): ((field: string) => string) => {
  const { t, te } = useI18n()
  return (field) => (te(`field_name.${field}`) ? t(`field_name.${field}`) : field)
}
