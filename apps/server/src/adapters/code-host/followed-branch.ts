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
 * The commit that a push has put on the followed branch, and the first line of its message. `asked` is the commit that it was to be put
 * there, `before` the newest one from before the push. Null if git has refused it. Others may have pushed since, on top of it: what they
 * have pushed is theirs.
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
  // What was there already was not put there: git takes no branch back.
  if (!after || !(await isIn(after.commit)) || (before !== null && (await isIn(before)))) return null
  return { commit: asked, subject: await gitLine({ repository, args: ['log', '-1', '--format=%s', asked] }) }
}
