import { openDocker, type Docker } from '../adapters/docker/docker-client.ts'
import { platformSecret } from '../modules/configs/secrets/platform-secret.ts'
import type { ConfigsRepository } from '../modules/configs/configs.repository.ts'
import type { ImageRegistry } from '../modules/images/image-registry.ts'
import { builderAt, dockerHostOf } from '../adapters/docker/docker-host.ts'
import { dockerImages } from '../adapters/docker/docker-images.ts'
import type { BuildNetworkPolicy } from '../modules/build-network/policy.ts'
import { deployTimeouts } from '../modules/deployments/deploy-timeouts.ts'
import type { ImagesDeps } from '../modules/images/prepare-image.ts'
import { limitsWithin, type Ceilings } from '../modules/quotas/instance-limits.ts'
import type { ModulesInput } from './modules-input.ts'

/** The network of Docker that reaches what the machine does. */
const usualNetwork = 'bridge'
/** No builder of Docker can be kept to the registries of packages, so it reaches nothing where builds are. */
const noNetwork = 'none'

/** The registry of the settings, as they are now. */
async function registryOf(
  { drivers: { current }, sealingKeys: sealer, env }: ModulesInput,
  configs: ConfigsRepository,
): Promise<ImageRegistry | null> {
  const place = current.text('containers.registry')
  if (place === null) return null
  const username = current.text('containers.registry_user')
  if (username === null) return { place, login: null }
  const password = await platformSecret({ configs, sealer, env }, 'containers.registry_password')
  return { place, login: { username, password: password ?? '' } }
}

/** Opens the daemon that makes images: the builder of the settings, or the one of this machine. */
function daemonOf({ settings }: Pick<ModulesInput, 'settings'>): () => Promise<Docker> {
  const { VITRINE_KUBERNETES_BUILDER: builder, VITRINE_KUBERNETES_BUILDER_CERTS: folder } = settings
  const at =
    builder !== undefined && folder !== undefined ? builderAt(builder, folder) : dockerHostOf(settings)
  // Opened anew each time, because its certificates may have been renewed.
  if ('certificates' in at) return () => openDocker(at)
  let client: Promise<Docker> | null = null
  return () => (client ??= openDocker(at))
}

/** What makes images, with the daemon of the settings. It is asked for the first time when a release is to be an image. */
export function wireImages(
  input: ModulesInput,
  {
    configs,
    ceilings,
    policy,
    platform,
    runtimeRequirements,
  }: {
    configs: ConfigsRepository
    ceilings: Ceilings
    policy: BuildNetworkPolicy
    /** Tells the images of this platform from those of others. */
    platform: string
    runtimeRequirements: string
  },
): ImagesDeps {
  const { settings, runtimesFolder } = input
  const { current } = input.drivers
  return {
    daemon: dockerImages(daemonOf(input)),
    platform,
    runtimesFolder,
    runtimeRequirements,
    baseImages: () => current.list('containers.base_images'),
    dockerfileImages() {
      const allowed = current.list('containers.dockerfile_images')
      return allowed.length > 0 ? allowed : null
    },
    registries: () => ({ pip: current.text('pip.index_url'), npm: current.text('npm.registry') }),
    network: () => current.text('containers.build_network') ?? (policy === 'all' ? usualNetwork : noNetwork),
    limits: limitsWithin(ceilings, {}),
    disk: { limitBytes: settings.VITRINE_CEILING_BUILD_DISK_MB * 1024 ** 2 },
    timeoutMs: deployTimeouts.image,
    pullTimeoutMs: deployTimeouts.pull,
    registry: () => registryOf(input, configs),
  }
}
