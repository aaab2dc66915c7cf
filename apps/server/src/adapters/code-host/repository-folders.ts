import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { slug } from '@vitrine/contract'
import { giveFolder, giveNewFolder, removeFolder, showFolder } from '../../lib/foreign-folder.ts'
import type { RunAs } from '../../lib/run-command.ts'
import { ifThere } from '../../lib/if-there.ts'
import { noSandbox, type Sandbox } from '../../lib/sandbox/sandbox.ts'
import type { Incoming } from './code-host.ts'
import { git, type Repository } from './git-command.ts'

type Options = { folder: string; account: RunAs | null }

/** The attributes of the repository override those in a package, so that contents are kept byte for byte. */
const attributes = '* -text !eol -ident -filter !working-tree-encoding -export-ignore -export-subst\n'

/** Makes git's account the owner of a repository of the platform; its group may read it. */
async function giveRepository(repository: string, account: RunAs | null): Promise<void> {
  if (account && (await lstat(repository)).uid === process.getuid?.()) await showFolder(repository, account)
  await giveFolder(repository, account, 0o750)
}

/** Creates an empty repository at a path. */
export async function createRepository({ folder, account }: Options, repository: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o711 })
  const draft = join(folder, `.new-${randomUUID()}`)
  try {
    await gitInit(draft)
    await mkdir(join(draft, 'info'), { recursive: true })
    await writeFile(join(draft, 'info', 'attributes'), attributes)
    if (account) await giveNewFolder(draft, account)
    await rename(draft, repository)
  } finally {
    await removeFolder(draft)
  }
}

async function gitInit(path: string): Promise<void> {
  await mkdir(path)
  // It contains nothing from others yet.
  await git({
    repository: { path, sandbox: noSandbox },
    args: ['init', '--quiet', '--bare', '--initial-branch=main', '--template='],
  })
}

/**
 * Creates an empty repository for a push. Its name keeps it apart from those of algorithms, and {@link prepareRepositories} removes what is
 * left of it. `keep` makes it the repository of an algorithm.
 */
export async function openIncoming(
  options: Options & { sandbox: Sandbox },
  keep: (algorithmId: string, path: string) => Promise<void>,
): Promise<Incoming> {
  const path = join(options.folder, `.push-${randomUUID()}`)
  await createRepository(options, path)
  return {
    repository: { path, sandbox: options.sandbox },
    keepAs: (algorithmId) => keep(algorithmId, path),
    discard: () => removeFolder(path),
  }
}

/** Where git keeps its locks: those of settings and packed refs, of single refs, of commit graphs and of packs. */
const lockFolders = [
  { within: '', recursive: false },
  { within: 'refs', recursive: true },
  { within: 'objects/info', recursive: true },
  { within: 'objects/pack', recursive: false },
]

/**
 * Removes the locks of a git that was killed, which would make each later push fail. Without an account of its own, a git of a killed
 * control plane may still hold one; that git then fails, and has changed nothing. Git's account removes them, because it could have
 * put links there.
 */
async function removeLocks(repository: Repository): Promise<void> {
  const found = await Promise.all(
    lockFolders.map(async ({ within, recursive }) => {
      const names = await ifThere(readdir(join(repository.path, within), { recursive }))
      return (names ?? []).filter((name) => name.endsWith('.lock')).map((name) => join(within, name))
    }),
  )
  const locks = found.flat()
  if (locks.length > 0) await git({ repository, script: 'rm -f -- "$@"', args: locks })
}

/** Makes git's account the owner of all repositories, and removes what a killed platform left. */
export async function prepareRepositories({
  folder,
  account,
  sandbox,
}: Options & { sandbox: Sandbox }): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (name.endsWith('.git')) {
      await giveRepository(path, account)
      await removeLocks({ path, sandbox })
    } else if (name.startsWith('.')) await removeFolder(path)
  }
}

/** When a folder was last changed. Null if it does not exist. */
const changedAt = async (path: string): Promise<Date | null> => (await ifThere(lstat(path)))?.mtime ?? null

/**
 * Removes the repositories without a name that were last changed before a time. Such a repository soon gets a name or
 * is removed, so these were left behind.
 */
export async function removeUnnamed(folder: string, before: Date): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith('.')) continue
    const changed = await changedAt(join(folder, name))
    if (changed !== null && changed < before) await removeFolder(join(folder, name))
  }
}

/** The ids that repositories are named by. */
export async function repositoryNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => name.endsWith('.git'))
    .map((name) => basename(name, '.git'))
    .filter((id) => slug.safeParse(id).success)
}
