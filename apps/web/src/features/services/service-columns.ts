import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

/** The columns of the table of services, with the room that each takes. */
export const columnWidths = {
  name: 'minmax(0, 3fr)',
  state: 'minmax(120px, 2fr)',
  release: '84px',
  port: '64px',
  cpu: '64px',
  memory: '112px',
  calls: '112px',
} as const
/** A column of the table of services. */
export type ServiceColumn = keyof typeof columnWidths

const columns: readonly ServiceColumn[] = ['name', 'state', 'release', 'port', 'cpu', 'memory', 'calls']

/** The columns to choose from. The name is always shown. */
export const useServiceColumns = () => {
  const { t } = useI18n()
  return computed(() =>
    columns.map((key) => ({
      key,
      title: t(`services.column.${key}`),
      ...(key === 'name' && { fixed: true as const }),
    })),
  )
}
