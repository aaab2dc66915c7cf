import { closeSync, readdirSync, readFileSync } from 'node:fs'
import { hasCode } from '../lib/code-of-error.ts'

/** `O_CLOEXEC` in the flags of /proc/self/fdinfo. Node opens everything of its own with it. */
const closedOnExec = 0o2000000

/** Reads something of /proc. Null if it is not there. */
function ifThere<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

/** Whether programs that this process starts get the descriptor. */
function isPassedOn(descriptor: number): boolean {
  const facts = ifThere(() => readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))
  // The descriptor with which the folder was listed is gone by now.
  if (facts === null) return false
  const flags = /^flags:\s*([0-7]+)$/m.exec(facts)?.[1] ?? '0'
  return (Number.parseInt(flags, 8) & closedOnExec) === 0
}

/**
 * Closes the descriptors that whoever has started this process had open, such as a pipe of their shell or a lock: every
 * program that we start would get them too, also an algorithm in its sandbox. To be called before anything is opened or
 * started. Does nothing on a system without /proc.
 */
export function closeInheritedDescriptors(): void {
  const descriptors = (ifThere(() => readdirSync('/proc/self/fd')) ?? []).map(Number)
  for (const each of descriptors) if (each > 2 && isPassedOn(each)) closeSync(each)
}
