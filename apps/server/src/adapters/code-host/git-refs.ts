import type { FoundRefs, NamedRef } from './code-host.ts'
import { dateOf, readHistory, short } from './git-history.ts'
import type { Repository } from './git-command.ts'
import { chooseRefs, type SizedRef } from './choose-refs.ts'

/**
 * How many bytes of commits and tags are read for one list. Git reads each of them as a whole, and a message can have any length. It is
 * less than the longest answer of a command, so that also their first lines fit into one.
 */
const readBytes = 24 * 1024 ** 2

/** The separator between the fields of one ref. A message may contain it too, so the subject is the last field. */
const between = '\u001f'

const format = [
  '%(refname:lstrip=2)',
  '%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)',
  '%(if)%(*objecttype)%(then)%(*objecttype)%(else)%(objecttype)%(end)',
  '%(creatordate:unix)',
  '%(contents:subject)',
].join('%1f')

/** What git knows without reading a commit or a tag. */
const sizedFormat = [
  '%(refname:lstrip=2)',
  '%(objectname)',
  '%(objecttype)',
  '%(objectsize)',
  '%(HEAD)',
].join('%1f')

/** Lists the refs below `$1`: in the format `$3` if they have at most `$2` bytes together, else in the format `$4`. */
const listing = `total=0
sizes=$(git for-each-ref --format='%(objectsize)' "$1")
for size in $sizes; do total=$((total + size)); done
if [ "$total" -gt "$2" ]; then echo sized; exec git for-each-ref --format="$4" "$1"; fi
echo read
exec git for-each-ref --sort=-creatordate --format="$3" "$1"`

const fieldsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(between))

const namedRefs = (text: string): NamedRef[] =>
  fieldsOf(text)
    .filter(([, , type]) => type === 'commit')
    .map(([name = '', commit = '', , at, ...subject]) => ({
      name,
      commit,
      at: dateOf(at),
      subject: short(subject.join(between)),
    }))

const sizedRefs = (text: string): SizedRef[] =>
  fieldsOf(text)
    .filter(([, , type]) => type === 'commit' || type === 'tag')
    .map(([name = '', object = '', type, size, head]) => ({
      name,
      commit: type === 'commit' ? object : null,
      size: Number(size),
      isFirst: head === '*',
    }))

type Wanted = { q: string; limit: number }
type Below = 'refs/heads' | 'refs/tags'

/** Reads those of the refs for which there is room. The others come after them, with what is known of them. */
async function readSome(
  repository: Repository,
  below: Below,
  { sized, limit }: { sized: readonly SizedRef[]; limit: number },
): Promise<FoundRefs> {
  const { read, unread, hasMore } = chooseRefs(sized, { limit, bytes: readBytes })
  const names = read.map(({ name }) => `${below}/${name}`)
  const args = ['for-each-ref', '--sort=-creatordate', `--format=${format}`, ...names]
  // Without a name, git would list all refs.
  const items = names.length === 0 ? [] : namedRefs(await readHistory(repository, args))
  return { items: [...items, ...unread.map((one) => ({ ...one, at: null, subject: '' }))], hasMore }
}

async function refsBelow(repository: Repository, below: Below, { q, limit }: Wanted): Promise<FoundRefs> {
  const text = await readHistory(repository, [below, String(readBytes), format, sizedFormat], listing)
  const start = text.indexOf('\n') + 1
  const isWanted = ({ name }: { name: string }) => name.toLowerCase().includes(q.toLowerCase())
  if (text.startsWith('sized')) {
    const sized = sizedRefs(text.slice(start)).filter(isWanted)
    return readSome(repository, below, { sized, limit })
  }
  const items = namedRefs(text.slice(start)).filter(isWanted)
  return { items: items.slice(0, limit), hasMore: items.length > limit }
}

/** Branches and tags of commits: see `CodeHost.refs`. */
export async function readRefs(
  repository: Repository,
  wanted: Wanted,
): Promise<{ branches: FoundRefs; tags: FoundRefs }> {
  const [branches, tags] = await Promise.all([
    refsBelow(repository, 'refs/heads', wanted),
    refsBelow(repository, 'refs/tags', wanted),
  ])
  return { branches, tags }
}
