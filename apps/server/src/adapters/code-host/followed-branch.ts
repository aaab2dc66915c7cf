import { gitLine, tryGit, type Repository } from './git-command.ts'

/** The name of the followed branch, and its newest commit; null if there is none. */
export async function followedNow(
  repository: Repository,
): Promise<{ branch: string; commit: string | null }> {
  const script = 'git symbolic-ref HEAD; git rev-parse --verify --quiet HEAD || true'
  const [ref = '', commit = ''] = (await gitLine({ repository, script, args: [] })).split('\n')
  return { branch: ref.replace(/^refs\/heads\//, ''), commit: commit === '' ? null : commit }
}

/**
 * Returns the newest commit of the followed branch, `main` unless the code came from elsewhere, and the first line of its message; null
 * if there is none.
 */
async function newestCommit(repository: Repository): Promise<{ commit: string; subject: string } | null> {
  const args = ['log', '-1', '--no-show-signature', '--format=%H%n%s', 'HEAD', '--']
  const { exitCode, stdout } = await tryGit({ repository, args })
  const [commit = '', subject = ''] = stdout.toString('utf8').split('\n')
  return exitCode === 0 ? { commit, subject } : null
}

/**
 * The commit to which a push has moved the followed branch, and the first line of its message. `asked` is the commit to
 * which the push should move the branch, and `before` is the newest commit before the push. Null if git has refused the
 * push. Commits that others have pushed on top of it since do not count.
 */
export async function arrivedCommit(
  repository: Repository,
  { asked, before }: { asked: string | null; before: string | null },
): Promise<{ commit: string; subject: string } | null> {
  if (asked === null || asked === before) return null
  const isIn = async (commit: string) =>
    (await tryGit({ repository, args: ['merge-base', '--is-ancestor', asked, commit] })).exitCode === 0
  const after = await newestCommit(repository)
  if (after?.commit === asked) return after
  // A commit that was already on the branch does not count, because git does not move a branch back.
  if (!after || !(await isIn(after.commit)) || (before !== null && (await isIn(before)))) return null
  return { commit: asked, subject: await gitLine({ repository, args: ['log', '-1', '--format=%s', asked] }) }
}
