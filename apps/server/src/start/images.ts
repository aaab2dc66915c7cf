import { openDocker, type Docker } from '../adapters/docker/docker-client.ts'
import { defaultDockerHost } from '../adapters/docker/docker-host.ts'
import { dockerImages } from '../adapters/docker/docker-images.ts'
import type { BuildNetworkPolicy } from '../modules/build-network/policy.ts'
import { deployTimeouts } from '../modules/deployments/deploy-timeouts.ts'
import type { ImagesDeps } from '../modules/images/prepare-image.ts'
import { limitsWithin, type Ceilings } from '../modules/quotas/instance-limits.ts'
import { platformOf } from './docker.ts'
import type { ModulesInput } from './modules-input.ts'

/** The network of Docker that reaches what the machine does. */
const usualNetwork = 'bridge'
/** No builder of Docker can be kept to the registries of packages, so it reaches nothing where builds are. */
const noNetwork = 'none'

/** What makes images, with the daemon of the settings. It is asked for the first time when a release is to be an image. */
export function wireImages(
  { drivers: { current }, paths, settings, runtimesFolder }: ModulesInput,
  {
    ceilings,
    policy,
    runtimeRequirements,
  }: { ceilings: Ceilings; policy: BuildNetworkPolicy; runtimeRequirements: string },
): ImagesDeps {
  let client: Promise<Docker> | null = null
  const open = () => (client ??= openDocker(settings.VITRINE_DOCKER_HOST ?? defaultDockerHost))
  return {
    daemon: dockerImages(open),
    platform: platformOf(paths.root),
    runtimesFolder,
    runtimeRequirements,
    baseImages: () => current.text('containers.base_images'),
    registries: () => ({ pip: current.text('pip.index_url'), npm: current.text('npm.registry') }),
    network: () => current.text('containers.build_network') ?? (policy === 'all' ? usualNetwork : noNetwork),
    memoryMb: limitsWithin(ceilings, {}).memory_mb ?? null,
    timeoutMs: deployTimeouts.image,
  }
}
