import { readFileSync } from 'node:fs'

/** The fields of `stat` behind the command name, which are the processor time in user mode and in the kernel (proc_pid_stat(5)). */
const userField = 11
const systemField = 12
/** Linux tells processor time in hundredths of a second. */
const msPerTick = 10

/**
 * The processor time that this thread has used, in ms, exact to 10 ms. A test that bounds the work of a function measures it by
 * this, because a clock also counts what the other tests of a busy machine do meanwhile.
 */
export function threadTimeMs(): number {
  const stat = readFileSync('/proc/thread-self/stat', 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[userField]) + Number(fields[systemField])) * msPerTick
}
