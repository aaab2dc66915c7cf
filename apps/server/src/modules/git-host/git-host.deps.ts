import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import type { Bus } from '../../lib/bus.ts'
import type { LowestSpeed } from '../../lib/lowest-speed.ts'
import type { AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import type { OpenPushes } from '../algorithms/open-pushes.ts'
import type { ReceivedPush } from '../pipelines/give-models.ts'
import type { PushRulesRepository } from '../pipelines/push-rules.repository.ts'
import type { FetchDeps } from './git-access.ts'
import type { GitQueues } from '../quotas/git-queues.ts'
import type { CodeQuota } from '../quotas/code-quota.ts'
import type { GitTokensDeps } from '../repository-tokens/repository-tokens.usecases.ts'

/** What the built-in git host needs. */
export type GitHostDeps = GitTokensDeps &
  FetchDeps & {
    /** Only for passing it on to the use cases of algorithms. */
    algorithms: AlgorithmsDeps
    codeHost: Pick<CodeHost, 'repository' | 'incoming' | 'pushed'>
    codeQuota: CodeQuota
    /** Turns of people for requests of git. */
    gitQueues: Pick<GitQueues, 'fetches' | 'pushes'>
    /** The lowest speed of a fetch or a push. */
    lowestSpeed: LowestSpeed
    /** The limit of an upload, in bytes, which holds for a push too. Read each time, because an administrator can change it. */
    largestPush: () => number
    /** Knows the branches that are deployed by themselves: like the followed one they cannot be rewritten. A push to one has a pipeline. */
    rules: Pick<PushRulesRepository, 'watchedBranches' | 'deployed'>
    /** Gets each push to an algorithm, also one that makes no version. */
    pushes: Pick<Bus<ReceivedPush>, 'publish'>
    /** Knows the pushes that nobody has dealt with yet. */
    openPushes: Pick<OpenPushes, 'begin' | 'leave'>
    /** Gets what fails inside the platform and is not the fault of who pushes. */
    onError: (error: unknown) => void
  }
