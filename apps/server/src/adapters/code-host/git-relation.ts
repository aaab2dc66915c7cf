import { git, type Repository } from './git-command.ts'
import { refsThere } from './git-push.ts'
import type { GitRemote } from './git-remote.ts'

/**
 * How another repository relates to one here. `nothing`: it is empty. `same`: its branches only have to move forward.
 * `other`: it has a branch or tag, `ref`, with a different history.
 */
export type Relation = { is: 'nothing' | 'same' } | { is: 'other'; ref: string }

/**
 * Reads lines `ref commit`. Prints those whose ref exists here too, with whether the ref here continues from that
 * commit.
 */
const compareRefs = `while read -r ref id; do
  here=$(git rev-parse --verify --quiet "$ref" || true)
  if [ -z "$here" ]; then continue; fi
  if [ "$here" = "$id" ]; then echo "same $ref"; continue; fi
  case "$ref" in refs/heads/*)
    if git merge-base --is-ancestor "$id" "$here" 2>/dev/null; then echo "same $ref"; continue; fi
  esac
  echo "other $ref"
done`

/** Compares the branches and tags of another repository with those here. Throws the errors of the remote. */
export async function relationTo(repository: Repository, remote: GitRemote): Promise<Relation> {
  const there = (await refsThere(repository, { remote })).filter(
    ([ref]) => /^refs\/(?:heads|tags)\//.test(ref) && !ref.endsWith('^{}'),
  )
  const [first] = there
  if (!first) return { is: 'nothing' }
  const input = there.map(([ref, id]) => `${ref} ${id}\n`).join('')
  const lines = (await git({ repository, script: compareRefs, args: [], input })).toString('utf8').split('\n')
  const told = lines.flatMap((line) => {
    const [is = '', ref = ''] = line.split(' ')
    return ref === '' ? [] : [{ is, ref: ref.replace(/^refs\/\w+\//, '') }]
  })
  const other = told.find(({ is }) => is === 'other')
  if (other) return { is: 'other', ref: other.ref }
  // Refs that do not exist here tell nothing about the history.
  return told.length > 0 ? { is: 'same' } : { is: 'other', ref: first[0].replace(/^refs\/\w+\//, '') }
}
