import type { Manifest, ServiceMode } from '@vitrine/contract'
import { clusterWithoutModels, containerNeeded, registryNeeded } from '../images/images.errors.ts'
import { isContainerMode } from '../releases/mode-of.ts'
import { modeUnavailable } from '../services/services.errors.ts'

/** The modes in which this platform can run releases. */
export type RunnersHere = {
  modes: ReadonlySet<ServiceMode>
  /** Whether images are published to a registry. */
  hasRegistry: boolean
}

/**
 * What runs the next release. `asked` is what the deploy asks for, `usual` what its service has, or would have. A package that is only
 * an image runs in a container unless something else is asked for. Throws `service.mode_unavailable`, `deploy.container_needed` for
 * such a package without one, and for a cluster `deploy.registry_needed` and `deploy.cluster_without_models`. Pure.
 */
export function deployMode(
  { runtime, models = [] }: Pick<Manifest, 'runtime' | 'models'>,
  wish: { asked: ServiceMode | undefined; usual: ServiceMode },
  { modes, hasRegistry }: RunnersHere,
): ServiceMode {
  const isImage = runtime === 'docker'
  const mode = wish.asked ?? (isImage && !isContainerMode(wish.usual) ? 'docker' : wish.usual)
  if (!modes.has(mode)) throw modeUnavailable({ field: 'mode', mode, available: [...modes] })
  if (isImage && !isContainerMode(mode)) throw containerNeeded({ field: 'mode', mode })
  if (mode === 'kubernetes' && !hasRegistry) throw registryNeeded({ field: 'mode' })
  if (mode === 'kubernetes' && models.length > 0) throw clusterWithoutModels({ field: 'mode' })
  return mode
}
