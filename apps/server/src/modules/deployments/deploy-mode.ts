import type { Manifest, ServiceMode } from '@vitrine/contract'
import { containerNeeded } from '../images/images.errors.ts'
import { modeUnavailable } from '../services/services.errors.ts'

/**
 * What runs the next release. `asked` is what the deploy asks for, `usual` what its service has, or would have. A package that is only
 * an image runs in a container unless something else is asked for. Throws `service.mode_unavailable`, and `deploy.container_needed` for
 * such a package without one. Pure.
 */
export function deployMode(
  { runtime }: Pick<Manifest, 'runtime'>,
  wish: { asked: ServiceMode | undefined; usual: ServiceMode },
  modes: ReadonlySet<ServiceMode>,
): ServiceMode {
  const isImage = runtime === 'docker'
  const mode = wish.asked ?? (isImage ? 'docker' : wish.usual)
  if (!modes.has(mode)) throw modeUnavailable({ field: 'mode', mode, available: [...modes] })
  if (isImage && mode !== 'docker') throw containerNeeded({ field: 'mode', mode })
  return mode
}
