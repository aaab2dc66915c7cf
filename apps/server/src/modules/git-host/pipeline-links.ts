import type { Language } from '../../lib/errors.ts'
import type { GitHostDeps } from './git-host.deps.ts'
import type { Push } from './git-request.ts'

/** More are not listed: what git prints is one packet. */
const toldAtMost = 3
/** So many characters of a commit find its pipelines. */
const shortCommit = 12

const words: Record<Language, string> = { zh: '流水线：', en: 'Pipelines: ' }

/** What a push has moved. `isVersion`: what it put on the followed branch has become a version. */
type Moved = { branches: ReadonlyMap<string, string>; followed: string; isVersion: boolean; said: string }

/** Whether git reports that it has moved a branch (gitprotocol-pack(5), report-status). */
const isTaken = (said: string, branch: string): boolean => said.includes(`ok refs/heads/${branch}\n`)

/** The commits of a push whose pipelines there are, or will be in a moment. Pure. */
export function commitsWithPipelines(
  { branches, followed, isVersion, said }: Moved,
  deployed: { pushes: boolean; otherBranches: boolean },
): string[] {
  const isDeployed = (branch: string) =>
    branch === followed ? isVersion && deployed.pushes : deployed.otherBranches
  const moved = [...branches].filter(([branch]) => isTaken(said, branch) && isDeployed(branch))
  return [...new Set(moved.map(([, commit]) => commit))]
}

/**
 * The addresses at which who pushes can follow the deploy: the pipelines of each commit, because several services may deploy one. Null if
 * nothing is deployed. Pipelines are added beside the answer, so the page may be open before they are there, and shows them when they are.
 */
export async function pipelineLinks(
  { rules }: Pick<GitHostDeps, 'rules'>,
  { algorithmId, language, origin }: Pick<Push, 'algorithmId' | 'language' | 'origin'>,
  moved: Moved,
): Promise<string | null> {
  if (moved.branches.size === 0) return null
  const commits = commitsWithPipelines(moved, await rules.deployed(algorithmId))
  const links = commits
    .slice(0, toldAtMost)
    .map((commit) => `${words[language]}${origin}/pipelines?q=${commit.slice(0, shortCommit)}`)
  return links.length === 0 ? null : links.join('\n')
}
