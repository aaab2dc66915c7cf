import type { Share } from '@vitrine/contract'
import type { MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import { useShowcase } from '../showcase/use-showcase.ts'

/** What links are called: their title, or else what they show. The names of algorithms are read only if `wanted`. */
export const useShareNames = (wanted: MaybeRefOrGetter<boolean> = true) => {
  const { t } = useI18n()
  const showcase = useShowcase(wanted)
  const algorithmName = (id: string): string =>
    showcase.data.value?.items.find((item) => item.service_id === id)?.name ?? id
  /** What a link shows, in a few words. */
  const shownOf = ({ kind, service_id: id }: Share): string => {
    if (id === null) return t(`shares.kind.${kind}`)
    return kind === 'run' ? t('shares.run_of', { name: algorithmName(id) }) : algorithmName(id)
  }
  const nameOf = (share: Share): string => share.title || shownOf(share)
  return { nameOf, shownOf }
}
