import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { openLimitedJobs, type LimitedJobs } from '../adapters/process-runner/resource-limits/limited-jobs.ts'
import { systemClock } from '../lib/clock.ts'
import { findProgram } from '../lib/find-program.ts'
import { folderBytes } from '../lib/folder-sizes.ts'
import type { FreeNumbers } from '../lib/free-numbers.ts'
import { installationsOf } from '../lib/sandbox/installation.ts'
import type { ConfigsRepository } from '../modules/configs/configs.repository.ts'
import { deployTimeouts } from '../modules/deployments/deploy-timeouts.ts'
import { environmentGroups } from '../modules/environments/environment-groups.ts'
import { Environments } from '../modules/environments/environments.ts'
import { placesOfPythons } from '../modules/environments/interpreter-places.ts'
import type { ImagesDeps } from '../modules/images/prepare-image.ts'
import { limitsWithin, type Ceilings } from '../modules/quotas/instance-limits.ts'
import { openBuildNetwork, type BuildNetworkHere } from './build-network.ts'
import { platformOf } from './docker.ts'
import { wireImages } from './images.ts'
import type { ModulesInput } from './modules-input.ts'
import { withRegistries } from './registries.ts'

/** What runs builds within the limits of an instance for which none are stated. */
const limitedBuilds = ({ paths }: ModulesInput, ceilings: Ceilings): Promise<LimitedJobs> =>
  openLimitedJobs(
    { owner: paths.environments, stateFile: join(paths.run, 'builds', 'cgroups.json') },
    limitsWithin(ceilings, {}),
  )

/** `numbers` are those for groups of environments. Null: they have none. */
type OfEnvironments = { configs: ConfigsRepository; ceilings: Ceilings; numbers: FreeNumbers | null }

/** Creates the builder of environments, with the tools of this machine and what limits its builds. */
export async function wireEnvironments(
  input: ModulesInput,
  { configs, ceilings, numbers }: OfEnvironments,
): Promise<{
  environments: Environments
  runtimeRequirements: string
  builds: LimitedJobs
  buildNetwork: BuildNetworkHere
  images: ImagesDeps
}> {
  const { settings, commandEnv, nodeTools, paths } = input
  const runtimeRequirements = await readFile(join(input.runtimesFolder, 'python', 'requirements.txt'), 'utf8')
  const path = commandEnv.PATH ?? ''
  const builds = await limitedBuilds(input, ceilings)
  const buildNetwork = await openBuildNetwork(input)
  const environments = new Environments({
    folder: paths.environments,
    pythonCandidates: settings.VITRINE_PYTHON
      ? [settings.VITRINE_PYTHON]
      : ['/usr/bin/python3', (await findProgram('python3', path)) ?? '/usr/local/bin/python3'],
    morePythons: () => placesOfPythons({ home: homedir(), path, named: settings.VITRINE_PYTHONS ?? [] }),
    // Root has put into the setting what it trusts (root/open-root.ts).
    ...(settings.VITRINE_ROOT === 'drop' && { trustedPythons: new Set(settings.VITRINE_PYTHONS) }),
    nodeTools,
    get commandEnv() {
      return withRegistries(commandEnv, input.drivers.current)
    },
    sandbox: input.drivers.sandbox,
    network: buildNetwork.network,
    timeoutMs: deployTimeouts.install,
    silenceMs: deployTimeouts.silence,
    read: [
      ...(await installationsOf([nodeTools.node, nodeTools.npm], paths.root)),
      ...(settings.VITRINE_SHARED_FOLDERS ?? []),
    ],
    runtimeRequirements,
    pipIndexUrl: null,
    accounts: input.jobAccounts,
    groups: environmentGroups(numbers),
    jobs: builds,
    disk: {
      limitBytes: settings.VITRINE_CEILING_BUILD_DISK_MB * 1024 ** 2,
      measure: (folder, signal) => folderBytes([folder], { signal }),
    },
    clock: systemClock,
  })
  const { policy } = buildNetwork
  const platform = await platformOf(input)
  const images = wireImages(input, { configs, ceilings, policy, platform, runtimeRequirements })
  return { environments, runtimeRequirements, builds, buildNetwork, images }
}
