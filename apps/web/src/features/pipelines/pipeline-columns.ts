import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { ListColumn } from '../list-views/list-preference.ts'

/** The columns of a list of pipelines. `ofService`: all are of one service, so it is not named. */
export const usePipelineColumns = (ofService: () => boolean) => {
  const { t } = useI18n()
  return computed<ListColumn[]>(() => [
    { key: 'message', title: t('pipelines.message'), look: 'strong', fixed: true },
    ...(ofService() ? [] : [{ key: 'service', title: t('pipelines.service') }]),
    { key: 'state', title: t('pipelines.state') },
    { key: 'branch', title: t('pipelines.branch') },
    { key: 'pusher', title: t('pipelines.pushed_by') },
    { key: 'when', title: t('pipelines.when'), look: 'v-muted' },
  ])
}
