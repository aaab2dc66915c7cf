import type { Incoming } from '../../adapters/code-host/code-host.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Words } from '../../lib/words.ts'
import { requireAlgorithm } from '../algorithms/algorithms.deps.ts'
import type { VersionRow } from '../algorithms/algorithm-versions.repository.ts'
import { modelFindings } from '../algorithms/model-findings.ts'
import { registerFirstPush, type CommitInput, type PushedCommit } from '../algorithms/register-commit.ts'
import { reasonOf, takePush } from '../algorithms/take-push.ts'
import type { GitHostDeps } from './git-host.deps.ts'
import type { Push } from './git-request.ts'

/** More missing model files are not named after a push: what git prints is one packet of 64 KiB. */
const toldAtMost = 3

/** Said after a push to the name of a new algorithm that leaves out the branch of which it is made. */
const nothingFollowed: Words = {
  zh: '没有创建算法：分支 main 还没有提交，请推送到 main',
  en: 'No algorithm was created: there is no commit on the branch main yet, so push to main',
}

async function missingModels(
  { algorithms }: GitHostDeps,
  { algorithmId, manifest }: VersionRow,
  actor: Actor,
): Promise<Words[]> {
  const { row } = await requireAlgorithm(algorithms, algorithmId)
  // Only what is missing is said, not how to fix it, so the files of the package are not needed.
  const to = { actor, algorithmId: row.id, ownerId: row.ownerId }
  const missing = await modelFindings(algorithms, to, { manifest, files: [] })
  return missing.slice(0, toldAtMost).map(({ text }) => text)
}

/**
 * What the sender reads about a new version: its number, and the model files that it still needs. If those cannot be found, the number
 * alone, because the version is there.
 */
async function aboutVersion(deps: GitHostDeps, version: VersionRow, actor: Actor): Promise<Words> {
  const told = await missingModels(deps, version, actor).catch((error: unknown) => {
    deps.onError(error)
    return []
  })
  return {
    zh: [`已成为代码版本 v${version.number}`, ...told.map(({ zh }) => zh)].join('；'),
    en: [`This is now code version v${version.number}`, ...told.map(({ en }) => en)].join('. '),
  }
}

/** What is said of a commit, in every language. */
type Outcome = { words: Words; isVersion: boolean }

async function firstVersion(
  deps: GitHostDeps,
  input: CommitInput & { incoming: Incoming },
): Promise<Outcome> {
  const { algorithms, codeHost, onError } = deps
  try {
    const version = await registerFirstPush(algorithms, input)
    // It has a name only now.
    await codeHost.pushed(input.algorithmId).catch(onError)
    return { words: await aboutVersion(deps, version, input.actor), isVersion: true }
  } catch (error) {
    const { zh, en } = reasonOf(deps, error)
    const words = {
      zh: `没有创建算法，推送的内容没有保留：${zh}`,
      en: `No algorithm was created, and what was pushed is not kept: ${en}`,
    }
    return { words, isVersion: false }
  }
}

async function nextVersion(deps: GitHostDeps, input: PushedCommit): Promise<Outcome> {
  const { codeHost, onError } = deps
  // Beside the work: no step of it reads the index of the history, so a deploy of the push does not wait for it.
  const indexing = codeHost.pushed(input.algorithmId).catch(onError)
  const taken = await takePush(deps, input)
  await indexing
  if (taken.version) return { words: await aboutVersion(deps, taken.version, input.actor), isVersion: true }
  const { zh, en } = taken.reason
  const words = taken.isRefused
    ? {
        zh: `代码已收下，但没有成为新版本：${zh}`,
        en: `The code is kept, but is no new version: ${en}`,
      }
    : {
        zh: `代码已收下，但还没有成为新版本：${zh}。平台会自动再试`,
        en: `The code is kept, but is no new version yet: ${en}. The platform tries again by itself`,
      }
  return { words, isVersion: false }
}

/** What is said of what a push has put on the followed branch, and whether it has become a version. */
export type PushResult = { said: string; isVersion: boolean }

/**
 * Makes what a push has put on the followed branch a version, and says so in the language of the person, or why it is none: a commit
 * that is not recognised or has problems is kept, and the algorithm shows the reason on its page. Null if the push has put nothing there.
 * With `incoming` it is the first version of an algorithm that is not there yet. Never rejects.
 */
export async function resultOfPush(
  deps: GitHostDeps,
  input: {
    push: Push
    arrived: { commit: string; subject: string } | null
    before: string | null
    incoming: Incoming | null
  },
): Promise<PushResult | null> {
  const { arrived, before, incoming } = input
  const { algorithmId, actor, language } = input.push
  if (arrived === null) return incoming ? { said: nothingFollowed[language], isVersion: false } : null
  const commit = { algorithmId, actor, commit: arrived.commit, message: arrived.subject }
  const { words, isVersion } = await (incoming
    ? firstVersion(deps, { ...commit, incoming })
    : nextVersion(deps, { ...commit, before, isSent: true }))
  return { said: words[language], isVersion }
}
