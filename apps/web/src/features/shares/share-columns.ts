import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { ListColumn } from '../list-views/list-preference.ts'

/** The columns of a list of share links. */
export const useShareColumns = () => {
  const { t } = useI18n()
  return computed<ListColumn[]>(() => [
    { key: 'name', title: t('shares.field.title'), look: 'strong', fixed: true },
    { key: 'state', title: t('shares.state_of') },
    { key: 'views', title: t('shares.views') },
    { key: 'runs', title: t('shares.runs'), look: 'right v-num' },
    { key: 'expires', title: t('shares.expires'), look: 'v-muted' },
    { key: 'created', title: t('shares.created'), look: 'v-muted' },
    { key: 'actions', title: t('app.actions'), fixed: true },
  ])
}
