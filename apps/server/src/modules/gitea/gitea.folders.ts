import { inLanguage, type FolderFound, type Language } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { slugify } from '../algorithms/recognition/algorithm-id.ts'
import { withRepositoryFiles } from '../algorithms/register-repository.ts'
import { viewFolder, type PackageView } from '../sources/package-view.ts'
import { idOfCode, sourceOf } from './gitea.algorithms.ts'
import { findRepository, type GiteaRepositoryDeps, type WantedCode } from './gitea.repositories.ts'

/** Folders of one repository that are looked into. */
const mostFolders = 60
/** An algorithm is not deeper below the top than this. */
const deepest = 5
/** Files with which an algorithm says that its folder is one. Whether it is, recognition decides. */
const beginnings =
  /(?:^|\/)(?:algorithm\.ya?ml|cog\.yaml|bentofile\.yaml|MLmodel|Procfile|package\.json|requirements\.txt|pyproject\.toml|setup\.py|ai_algorithm\.py|app\.py|main\.py|server\.py|predict\.py|server\.js|[^/]+\.onnx)$/
/** Code in these belongs to the folder around it. */
const parts = new Set([
  'test',
  'tests',
  'docs',
  'doc',
  'examples',
  'example',
  'scripts',
  'static',
  'templates',
])

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

/** The folders of a repository in which an algorithm can be, in the order of their paths. Pure. */
export function foldersToLookInto(paths: readonly string[]): { folders: string[]; isCut: boolean } {
  const all = new Set(paths.filter((path) => beginnings.test(path)).map(folderOf))
  const found = [...all]
    .filter((folder) => {
      const names = folder.split('/')
      return names.length <= deepest && !names.some((name) => parts.has(name.toLowerCase()))
    })
    .toSorted((a, b) => (a < b ? -1 : 1))
  return { folders: found.slice(0, mostFolders), isCut: found.length > mostFolders }
}

/** The end of a folder's path, in as few names as tell it from the others: each algorithm of a repository may be in a folder `src`. Pure. */
export function ownEnd(folder: string, folders: readonly string[]): string {
  const names = folder.split('/')
  const others = folders.filter((other) => other !== folder)
  for (let from = names.length - 1; from > 0; from--) {
    const end = names.slice(from).join('/')
    if (others.every((other) => !`/${other}`.endsWith(`/${end}`))) return end
  }
  return folder
}

/** What is in a folder of a view, with paths from there. Pure. */
function viewBelow(view: PackageView, folder: string): PackageView {
  if (folder === '') return view
  const above = `${folder}/`
  return {
    files: view.files
      .filter(({ path }) => path.startsWith(above))
      .map(({ path, size }) => ({ path: path.slice(above.length), size })),
    readText: (path) => view.readText(`${above}${path}`),
  }
}

/**
 * Finds the algorithms in a repository of the Gitea server: which of its folders are recognised, and as what. Stores nothing. Throws
 * what finding and fetching the repository throw.
 */
export async function findFolders(
  deps: GiteaRepositoryDeps,
  input: WantedCode & { actor: Actor; language: Language; signal?: AbortSignal },
): Promise<{ folders: FolderFound[]; is_cut: boolean }> {
  const { actor, signal } = input
  const found = await findRepository(deps, input)
  const source = sourceOf(found, { tag: input.tag })
  const known = new Map(
    (await deps.places.at([source.place])).map((place) => [place.folder, place.algorithmId]),
  )
  return withRepositoryFiles(deps.algorithms, { source, actor }, async (root) => {
    const view = await viewFolder(root)
    const { folders, isCut } = foldersToLookInto(view.files.map(({ path }) => path))
    const told: FolderFound[] = []
    for (const folder of folders) {
      signal?.throwIfAborted()
      const id =
        known.get(folder) ?? (await (folder === '' ? idOfCode(found) : slugify(ownEnd(folder, folders))))
      const given = { algorithmId: id, packageName: id }
      const below = viewBelow(view, folder)
      const { manifest, problems } = await deps.recogniser.recognise(actor.id, below, given, signal)
      if (!manifest) continue
      told.push({
        folder,
        recognised: manifest.form,
        name: inLanguage(manifest, input.language).name,
        algorithm_id: id,
        is_known: known.has(folder),
        problems: problems.length,
      })
    }
    return { folders: told, is_cut: isCut }
  })
}
