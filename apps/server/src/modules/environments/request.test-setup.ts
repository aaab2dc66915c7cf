import type { Manifest } from '@vitrine/contract'
import { recogniserHere } from '../algorithms/recognition/recogniser.test-setup.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { unlimitedJobs } from '../../adapters/process-runner/resource-limits/limited-jobs.test-setup.ts'
import type { AccountBlock } from '../../lib/account-block.ts'
import { freeNumbers } from '../../lib/free-numbers.ts'
import { jobAccounts } from '../../lib/job-accounts.ts'
import { sandboxHere } from '../../lib/sandbox/sandbox.test-setup.ts'
import { openNetwork, type BuildNetwork } from '../build-network/build-network.ts'
import { environmentGroups, groupsBelow } from './environment-groups.ts'
import { Environments } from './environments.ts'
import type { ReadRequirements } from './python-dependencies.ts'

const readRequirements: ReadRequirements = (view, place) =>
  recogniserHere().readRequirements('anna', view, place)

/** A package with its own server. Its environment has only what it asks for, without the platform's runtime. */
export const own = completeManifest({ form: 'command', entry: 'python3 server.py' })

/** What is asked of the environments for a package of Anna's. */
export const requestFor = (packageFolder: string, manifest: Manifest = own) => ({
  manifest,
  packageFolder,
  owner: 'anna',
  readRequirements,
  report: async () => {},
  signal: new AbortController().signal,
})

/** The environments below a folder, made with the first of these Pythons, or another one that a package asks for. */
export function environmentsAt(
  folder: string,
  given: {
    pythons: readonly [string, ...string[]]
    pipIndexUrl?: string | null
    clock?: () => Date
    timeoutMs?: number
    /** Variables of package managers besides the path. */
    commandEnv?: Readonly<Record<string, string>>
    /** How builds reach the network; without it, as the machine does. */
    network?: BuildNetwork
    /** The numbers of accounts of builds and of groups of environments; without them, everything has the account of the test. */
    numbers?: { jobs: AccountBlock; groups: AccountBlock }
  },
): Environments {
  const { pythons, pipIndexUrl = null, clock = () => new Date(), timeoutMs = 300_000, commandEnv } = given
  const { network = openNetwork, numbers } = given
  return new Environments({
    folder,
    pythonCandidates: pythons.slice(0, 1),
    morePythons: async () => pythons,
    nodeTools: { node: process.execPath, npm: 'npm' },
    commandEnv: { PATH: '/usr/bin:/bin', ...commandEnv },
    jobs: unlimitedJobs,
    disk: { limitBytes: Infinity, measure: async () => 0 },
    network,
    sandbox: sandboxHere,
    timeoutMs,
    read: [],
    runtimeRequirements: '',
    pipIndexUrl,
    accounts: jobAccounts(numbers?.jobs ?? null),
    groups: environmentGroups(numbers ? freeNumbers(numbers.groups, [() => groupsBelow(folder)]) : null),
    clock,
  })
}
