import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageOf, type PackageFiles } from '../support/api-client.ts'
import type { PublicProject } from './public-projects.project.ts'

const run = promisify(execFile)

/** From GitHub by git's protocol: the commit alone. */
async function fetchInto(place: string, { repository, commit, folder = '.' }: PublicProject): Promise<void> {
  const git = (...args: string[]) => run('git', ['-C', place, ...args], { maxBuffer: 64 * 1024 ** 2 })
  await git('init', '--quiet')
  await git('fetch', '--quiet', '--depth', '1', `https://github.com/${repository}`, commit)
  await git('checkout', '--quiet', 'FETCH_HEAD', '--', folder)
}

/** From a clone. It may be bare, and lack files outside the folder: it is read in place, with an index of our own. */
async function checkOutInto(
  place: string,
  clone: string,
  { commit, folder = '.' }: PublicProject,
): Promise<void> {
  const { stdout } = await run('git', ['-C', clone, 'rev-parse', '--absolute-git-dir'])
  await run(
    'git',
    ['--git-dir', stdout.trim(), '--work-tree', place, 'checkout', '--quiet', commit, '--', folder],
    { cwd: place, env: { ...process.env, GIT_INDEX_FILE: join(place, '.git') } },
  )
}

/**
 * The files of a project's commit, or of a folder in it. `clones` is a folder with a clone of each project at
 * `<owner>/<name>`; without it the project is fetched from GitHub. Nothing is kept.
 */
export async function filesOf(project: PublicProject, clones: string | undefined): Promise<PackageFiles> {
  const place = await mkdtemp(join(tmpdir(), 'vitrine-project-'))
  try {
    if (clones === undefined) await fetchInto(place, project)
    else await checkOutInto(place, join(clones, project.repository), project)
    const files = await packageOf(join(place, project.folder ?? ''))
    return Object.fromEntries(Object.entries(files).filter(([path]) => !/^\.git(\/|$)/.test(path)))
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}
