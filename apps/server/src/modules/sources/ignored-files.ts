import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from './finding.ts'

/** Finds the files that the `.gitignore` files of a folder name; a folder that is named as a whole ends with `/`. */
export type IgnoredIn = (folder: string) => Promise<string[] | null>

/** Paths that are named in the finding. */
const namedAtMost = 10

/** Whether there is a `.gitignore` in a folder, and how many files it has, with those of folders below. */
async function look(folder: string): Promise<{ files: number; hasPatterns: boolean }> {
  let files = 0
  let hasPatterns = false
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    files += 1
    hasPatterns ||= entry.name === '.gitignore'
  }
  return { files, hasPatterns }
}

function ignoredFinding(paths: readonly string[], count: number): Finding {
  const named = paths.slice(0, namedAtMost)
  const more = paths.length > named.length
  return {
    code: 'package.ignored',
    path: '.gitignore',
    text: {
      zh: `按 .gitignore 没有收下 ${count} 个文件：${named.join('、')}${more ? ' 等' : ''}`,
      en: `${count} files were left out, because .gitignore names them: ${named.join(', ')}${more ? ' and others' : ''}`,
    },
    mend: {
      zh: '运行时需要其中的文件（如模型）时，从 .gitignore 里删掉对应的行，再上传',
      en: 'If the algorithm needs one of them, such as a model, remove its line from .gitignore and upload again',
    },
  }
}

/**
 * Removes the files of a received folder that its `.gitignore` files name, as git would not have committed them either, and says which.
 * `.gitignore` files themselves stay.
 */
export async function leaveOutIgnored(folder: string, ignoredIn: IgnoredIn): Promise<Finding[]> {
  const before = await look(folder)
  if (!before.hasPatterns) return []
  const paths = await ignoredIn(folder)
  if (paths === null || paths.length === 0) return []
  for (const path of paths) await rm(join(folder, path), { recursive: true, force: true })
  return [ignoredFinding(paths.toSorted(), before.files - (await look(folder)).files)]
}
