import { refAmbiguous } from './code-host.errors.ts'
import { git, tryGit, type Repository } from './git-command.ts'

/** Names that git would read as an option or an expression are not found. */
const refPattern = /^(?!-)(?!.*(?:\.\.|@\{))[^\p{Cc} ~^:?*[\\]+$/u
const commitId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
/** What git reads as a commit whatever branches and tags are called: a complete id, the followed branch, and a ref in full. */
const exact = /^(?:HEAD|refs\/.*|[0-9a-f]{40}|[0-9a-f]{64})$/
/** The beginning of an id that people write down and send to each other. A shorter one is more likely a name. */
const abbreviated = /^[0-9a-f]{7,63}$/

/** The commits that names stand for, in their order; null for one that stands for none. */
async function commitsOf(repository: Repository, names: readonly string[]): Promise<(string | null)[]> {
  const input = names.map((name) => `${name}^{commit}\n`).join('')
  const answer = await git({ repository, args: ['cat-file', '--batch-check=%(objectname)'], input })
  const lines = answer.toString('utf8').split('\n')
  return names.map((_name, index) => {
    const line = lines[index] ?? ''
    return commitId.test(line) ? line : null
  })
}

/** The commits whose ids begin so. */
async function commitsBeginning(repository: Repository, digits: string): Promise<string[]> {
  const { stdout } = await tryGit({ repository, args: ['rev-parse', `--disambiguate=${digits}`] })
  const objects = stdout.toString('utf8').split('\n').filter(Boolean)
  const commits = await commitsOf(repository, objects)
  // A tag leads to a commit with another id.
  return commits.filter((commit) => commit !== null && commit.startsWith(digits)).map(String)
}

/**
 * The commit of a branch, tag or (abbreviated) commit; null if there is none. A branch comes before a tag of the same name: git
 * itself would take the tag, so whoever may push could show and deploy other code under the name of the followed branch. Throws
 * `code_host.ref_ambiguous` for a name that is also the beginning of another commit's id.
 */
export async function resolveRef(repository: Repository, ref: string): Promise<string | null> {
  if (!refPattern.test(ref)) return null
  if (exact.test(ref)) return (await commitsOf(repository, [ref]))[0] ?? null
  const names = [`refs/heads/${ref}`, `refs/tags/${ref}`, ref]
  const [branch = null, tag = null, other = null] = await commitsOf(repository, names)
  const named = branch ?? tag
  if (named === null) return other
  if (!abbreviated.test(ref)) return named
  const others = (await commitsBeginning(repository, ref)).filter((commit) => commit !== named)
  if (others.length > 0) throw refAmbiguous({ ref })
  return named
}
