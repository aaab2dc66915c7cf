import { rm } from 'node:fs/promises'
import { showFolder } from '../../lib/foreign-folder.ts'
import type { AttributesInput } from './code-host.ts'
import { rulesSlow } from './code-host.errors.ts'
import { git, runAsOwner, type Repository } from './git-command.ts'
import { withIndex } from './git-draft.ts'
import { cleanPath } from './git-tree.ts'

/** How long git may work on the rules, in milliseconds. Untrusted patterns can be written to take very long. */
const timeoutMs = 30_000
const attributesFile = /(?:^|\/)\.gitattributes$/

/**
 * Builds an index with the rules that will apply, and asks git about paths. The index has the files of the commit `$1` without the
 * folder `$2`, and the files from `$4` on, which come into the folder `$3`. Git answers in an empty repository with the same objects,
 * because the attributes of the repository itself turn off those of packages, so that contents stay byte for byte.
 */
const script = `base=$1; dropped=$2; prefix=$3; shift 3
if [ -n "$base" ]; then git read-tree "$base"; fi
if [ -n "$dropped" ]; then git ls-files -z -- "$dropped" | git update-index --force-remove -z --stdin; fi
for file do
  id=$(git hash-object -w --no-filters -- "$file")
  git update-index --add --cacheinfo "100644,$id,$prefix$file"
done
plain=$GIT_INDEX_FILE.plain
trap 'rm -rf "$plain"' EXIT
mkdir "$plain" "$plain/objects" "$plain/refs"
echo 'ref: refs/heads/none' > "$plain/HEAD"
GIT_OBJECT_DIRECTORY=$GIT_DIR/objects GIT_DIR=$plain git check-attr --cached -z --stdin filter`

/**
 * The files of a folder that belong to Git LFS (`filter=lfs`) according to the `.gitattributes` of a repository, once they are a part of
 * it. Git itself reads the rules, in its sandbox. Throws `code_host.rules_slow`.
 */
export async function lfsPathsIn(
  repository: Repository,
  { folder, paths, base, within = '', replaces }: AttributesInput,
): Promise<string[]> {
  const { runAs } = runAsOwner(repository.path)
  if (runAs) await showFolder(folder, runAs)
  const prefix = within === '' ? '' : `${cleanPath(within) ?? ''}/`
  // If the top folder is replaced, nothing of the commit is left.
  const kept = replaces && within === '' ? null : base
  const dropped = replaces ? within : ''
  const signal = AbortSignal.timeout(timeoutMs)
  const told = await withIndex(repository, (env) => {
    const asked = git({
      repository,
      signal,
      reads: [folder],
      cwd: folder,
      env: { ...env, GIT_WORK_TREE: folder },
      script,
      args: [kept ?? '', dropped, prefix, ...paths.filter((path) => attributesFile.test(path))],
      input: paths.map((path) => `${prefix}${path}\0`).join(''),
    })
    // If git was killed, its own trap did not remove the folder.
    return asked.finally(() => rm(`${env.GIT_INDEX_FILE}.plain`, { recursive: true, force: true }))
  }).catch((error: unknown) => {
    throw signal.aborted ? rulesSlow({ seconds: timeoutMs / 1000 }, error) : error
  })
  // Three texts for each path: its name, the attribute, and the value.
  const texts = told.toString('utf8').split('\0')
  return paths.filter((_path, at) => texts[3 * at + 2] === 'lfs')
}
