import type { Share } from '@vitrine/contract'
import type { RouteLocationRaw } from 'vue-router'

/** The page of the object that a link shows. Null if it no longer exists. */
export const shareTarget = ({ kind, target_id: id, service_id }: Share): RouteLocationRaw | null => {
  switch (kind) {
    case 'stage':
      return { name: 'stage', params: { id } }
    case 'comparison':
      return { name: 'comparison', params: { id } }
    case 'run':
      return service_id === null ? null : { name: 'stage', params: { id: service_id }, query: { run: id } }
  }
}
