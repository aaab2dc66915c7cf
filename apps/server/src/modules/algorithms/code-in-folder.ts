import type { ChangedFile, CodeHost } from '../../adapters/code-host/code-host.ts'
import type { CodePlaces } from './code-places.repository.ts'

/** A patch names its file in lines before its first hunk. */
const withoutFolder = (patch: string, folder: string): string => {
  const end = patch.indexOf('\n@@')
  const head = end < 0 ? patch : patch.slice(0, end)
  const short = head.replace(`--- a/${folder}/`, '--- a/').replace(`+++ b/${folder}/`, '+++ b/')
  return `${short}${patch.slice(head.length)}`
}

/**
 * A code host in which the code of an algorithm is what its folder of the repository has: one repository holds several algorithms, and
 * whoever reads, compares or changes one of them sees paths from its folder, and nothing else. Commits, branches and tags are those of
 * the repository.
 */
export function codeInFolders(host: CodeHost, places: Pick<CodePlaces, 'get'>): CodeHost {
  const folderOf = async (id: string, given?: string) => given ?? (await places.get(id))?.folder ?? ''
  /** A path from the top of the repository. One that leads out of the folder stays outside of every tree. */
  const under = (folder: string, path: string) => [folder, path].filter((part) => part !== '').join('/')
  return {
    ...host,
    commitFolder: async (input) =>
      host.commitFolder({ ...input, within: await folderOf(input.algorithmId, input.within) }),
    draft: async (input) => host.draft({ ...input, within: await folderOf(input.algorithmId, input.within) }),
    checkout: async (input) =>
      host.checkout({ ...input, within: await folderOf(input.algorithmId, input.within) }),
    files: async (id, commit, within) => host.files(id, commit, await folderOf(id, within)),
    stat: async (id, commit, path) => host.stat(id, commit, under(await folderOf(id), path)),
    read: async (id, commit, path) => host.read(id, commit, under(await folderOf(id), path)),
    lfsPaths: async (id, input) => host.lfsPaths(id, { ...input, within: await folderOf(id, input.within) }),
    async compare(id, { path = '', ...commits }) {
      const folder = await folderOf(id)
      const compared = await host.compare(id, { ...commits, path: under(folder, path) })
      if (folder === '') return compared
      const shown = (file: ChangedFile) => ({
        ...file,
        path: file.path.slice(folder.length + 1),
        patch: file.patch === null ? null : withoutFolder(file.patch, folder),
      })
      return { ...compared, files: compared.files.map(shown) }
    },
    async history(id, input) {
      const path = input.path === null ? null : under(await folderOf(id), input.path)
      return host.history(id, { ...input, path })
    },
    blame: async (id, input) => host.blame(id, { ...input, path: under(await folderOf(id), input.path) }),
    archive: async (id, input) => host.archive(id, { ...input, within: await folderOf(id, input.within) }),
    async commits(id, range) {
      const folder = await folderOf(id)
      return host.commits(id, { ...range, ...(folder !== '' && { path: folder }) })
    },
  }
}
