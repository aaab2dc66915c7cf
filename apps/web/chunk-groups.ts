import type { Rolldown } from 'vite'

type Group = Rolldown.CodeSplittingGroup
type Modules = Rolldown.ChunkingContext

/** Pages that people open first, with the frame around them. */
const openedFirst =
  /\/src\/(app\/AppShell|features\/(showcase\/pages\/Showcase|session\/pages\/SignIn|public\/pages\/PublicShare)Page)\.vue$/
const own = /\/(apps\/web|packages\/contract)\/src\//
const elementPlus = /\/node_modules\/(element-plus|@element-plus|@popperjs|async-validator|lodash)/
/** It only names what other modules export, so to import it is not to need all of them. */
const barrel = /\/packages\/contract\/src\/index\.ts$/

/** Whether it is the page of HTML or the script that it names. */
function isEntry(id: string, modules: Modules): boolean {
  const info = modules.getModuleInfo(id)
  return [id, ...(info?.importers ?? [])].some((each) => modules.getModuleInfo(each)?.isEntry === true)
}

/** Whether a page that is opened first imports the module, itself or by others. */
function isNeededFirst(id: string, modules: Modules): boolean {
  const importing = new Set([id])
  for (const module of importing) {
    if (openedFirst.test(module)) return true
    if (barrel.test(module)) continue
    for (const importer of modules.getModuleInfo(module)?.importers ?? []) importing.add(importer)
  }
  return false
}

/**
 * The files that modules of several pages are put into. Without them, rolldown makes a file for each set of pages that share
 * modules: a stage asked for 180 files, most smaller than 1 KB, and over HTTP/1.1 a browser asks for six at a time.
 * A page still loads nothing large that it does not need; `scripts/check-size.mjs` keeps a budget.
 */
export const chunkGroups: Group[] = [
  // What the entry imports. In this file, the entry itself would not run.
  {
    name: (id, modules) => (isEntry(id, modules) ? null : 'start'),
    debugName: 'start',
    tags: ['$initial'],
    priority: 5,
  },
  { name: 'common', minShareCount: 20, priority: 4 },
  {
    name: (id, modules) => (isNeededFirst(id, modules) ? 'first' : null),
    debugName: 'first',
    test: own,
    minShareCount: 2,
    priority: 3,
  },
  { name: 'controls', test: elementPlus, minShareCount: 2, priority: 2 },
  { name: 'shared', test: own, minShareCount: 3, priority: 1 },
]
