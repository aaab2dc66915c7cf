const locale = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || ''
const isChinese = locale.toLowerCase().startsWith('zh')

/**
 * A sentence for a person in the language of their terminal: Chinese if the locale is Chinese, else English.
 * @param {string} zh @param {string} en
 */
export const words = (zh, en) => (isChinese ? zh : en)

/**
 * An error that a person can fix, such as a wrong setting or a state of the machine. It is shown without a
 * stack trace.
 */
export class UserError extends Error {
  /** @param {string} message @param {number} exitCode 78 (sysexits' EX_CONFIG) if a setting is wrong */
  constructor(message, exitCode = 1) {
    super(message)
    this.name = 'UserError'
    this.exitCode = exitCode
  }
}

/**
 * Runs a script's main function. An error is shown and sets the exit code.
 * @param {() => Promise<number | void>} main
 */
export async function runMain(main) {
  // If we are root, the database and the algorithms run under their own accounts, which must be able to read
  // the files created here. Files that are not for them are created with a stricter mode.
  if (process.getuid?.() === 0) process.umask(0o022)
  try {
    process.exitCode = (await main()) ?? 0
  } catch (error) {
    const isTold = error instanceof UserError
    console.error(isTold ? error.message : error)
    process.exitCode = isTold ? error.exitCode : 1
  }
}
