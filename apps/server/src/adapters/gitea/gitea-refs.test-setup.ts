import { gitLine, type Repository } from '../code-host/git-command.ts'

/** Name, commit, message and time of each branch. */
export async function branchesIn(repository: Repository): Promise<string[][]> {
  const format = '%(refname:short)%00%(objectname)%00%(contents)%00%(committerdate:iso-strict)%01'
  const args = ['for-each-ref', `--format=${format}`, 'refs/heads']
  const lines = await gitLine({ repository, args })
  return lines.split('\u0001').flatMap((line) => (line.trim() === '' ? [] : [line.trimStart().split('\0')]))
}

const mostOnPage = 50 // Gitea's `MAX_RESPONSE_ITEMS`.

/** A page of branches, as the API lists them. */
export function pageOfBranches(branches: readonly string[][], query: URLSearchParams): object[] {
  const page = Number(query.get('page') ?? 1)
  return branches
    .slice((page - 1) * mostOnPage, page * mostOnPage)
    .map(([name, id, message, timestamp]) => ({ name, commit: { id, message, timestamp } }))
}

/** The tags, the newest first, as far as one page has them. */
export async function tagsIn(repository: Repository) {
  const format = '%(refname:short) %(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)'
  const args = ['for-each-ref', '--sort=-creatordate', `--format=${format}`, 'refs/tags']
  const lines = (await gitLine({ repository, args })).split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
    .map(([tag, sha]) => ({ name: tag, commit: { sha }, message: '', id: sha }))
}
