import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../../../lib/code-of-error.ts'
import type { Group } from './cgroup.ts'

/** Reads a file of a cgroup; null if the group or the file does not exist. */
export async function readGroupFile(folder: string, name: string): Promise<string | null> {
  try {
    return await readFile(join(folder, name), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return null
    throw error
  }
}

/** Returns the number after a keyword at the beginning of a line, as in `oom_kill 2`; 0 if there is none. */
export function numberAfter(text: string | null, word: string): number {
  const line = text?.split('\n').find((one) => one.startsWith(`${word} `))
  return line === undefined ? 0 : Number(line.slice(word.length + 1))
}

/** Returns the names of the groups inside a group. */
export async function groupsIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

/** Removes a group and returns whether it is gone. A group with processes or groups in it stays. */
export async function removeGroup(folder: string): Promise<boolean> {
  try {
    await rmdir(folder)
    return true
  } catch (error) {
    if (hasCode(error, 'EBUSY', 'ENOTEMPTY')) return false
    if (hasCode(error, 'ENOENT')) return true
    throw error
  }
}

/** Returns the processes of a group; none if it does not exist. */
export async function pidsIn(folder: string): Promise<number[]> {
  return ((await readGroupFile(folder, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number)
}

/** Creates a group with its limits, and puts a process into it, with all children that it will start. */
export async function enterGroup(group: Group, pid: number): Promise<void> {
  await mkdir(group.folder, { recursive: true })
  for (const { file, value, ifThere } of group.writes) {
    if (ifThere && (await readGroupFile(group.folder, file)) === null) continue
    await writeFile(join(group.folder, file), value)
  }
  await writeFile(join(group.folder, 'cgroup.procs'), String(pid))
}

/**
 * {@link enterGroup} as commands for a POSIX shell that puts itself into the group. The shell function
 * `refuse` ends it if it cannot.
 */
export function enterCommands(group: Group): string[] {
  const at = (name: string) => `'${join(group.folder, name).replaceAll("'", `'\\''`)}'`
  return [
    `[ -d ${at('.')} ] || /bin/mkdir -p ${at('.')} || refuse`,
    ...group.writes.map(({ file, value, ifThere }) => {
      const condition = ifThere ? `[ ! -e ${at(file)} ] || ` : ''
      return `${condition}echo '${value}' > ${at(file)} || refuse`
    }),
    `echo $$ > ${at('cgroup.procs')} || refuse`,
  ]
}
