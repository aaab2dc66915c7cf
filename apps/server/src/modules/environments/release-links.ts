import { join } from 'node:path'
import { isSamePlace } from '../../lib/same-place.ts'
import { contentOf, modules } from './built-files.ts'

/** A link at a path of a release, and where it leads. */
export type ReleaseLink = { name: string; target: string }

/** No package has more folders with packages of their own than this. */
const linksAtMost = 1_000

/** The link of a release to its Python environment. */
export const pythonLink = (content: string): ReleaseLink => ({ name: 'venv', target: content })

/**
 * The links of a release to the packages in an environment. `root` is the only folder that has some, as a path in the package; null
 * if they may be in several.
 */
export async function moduleLinks(content: string, root: string | null): Promise<ReleaseLink[]> {
  const folders =
    root === null ? (await contentOf(content)).moduleFolders : [root === '' ? modules : `${root}/${modules}`]
  return folders.slice(0, linksAtMost).map((name) => ({ name, target: join(content, name) }))
}

/** Whether the paths of at least one of these links lead from the folder of a release to their targets. */
export async function leadsToOne(release: string, links: readonly ReleaseLink[]): Promise<boolean> {
  for (const { name, target } of links) if (await isSamePlace(join(release, name), target)) return true
  return false
}
