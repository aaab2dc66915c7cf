const locale = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || ''
const isChinese = locale.toLowerCase().startsWith('zh')

/**
 * A sentence for a person in the language of their terminal: Chinese where the locale is, English otherwise.
 * @param {string} zh @param {string} en
 */
export const words = (zh, en) => (isChinese ? zh : en)

/** A mistake or a state of the machine that a person can change: told without a stack trace. */
export class Told extends Error {
  /** @param {string} message @param {number} exitCode 78 (sysexits' EX_CONFIG) where a setting is wrong */
  constructor(message, exitCode = 1) {
    super(message)
    this.name = 'Told'
    this.exitCode = exitCode
  }
}

/**
 * Runs a script's main function; what it throws is told, and becomes the exit code.
 * @param {() => Promise<number | void>} main
 */
export async function runMain(main) {
  // As root, the database and the algorithms run under accounts of their own, which have to read what is made here. What is not for
  // them is made with a mode that says so.
  if (process.getuid?.() === 0) process.umask(0o022)
  try {
    process.exitCode = (await main()) ?? 0
  } catch (error) {
    const isTold = error instanceof Told
    console.error(isTold ? error.message : error)
    process.exitCode = isTold ? error.exitCode : 1
  }
}
