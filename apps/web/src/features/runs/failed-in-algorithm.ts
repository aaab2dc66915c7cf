/** The errors of the platform about a process of an algorithm, of which its log may tell more. */
const aboutProcess: ReadonlySet<string> = new Set([
  'run.instance_ended',
  'run.instance_unreachable',
  'run.answer_not_understood',
  'run.answer_too_large',
])
/** How the codes of errors begin that say all that is known: of the platform, and of an input that does not fit. */
const others = ['run.', 'service.', 'input.', 'quota.', 'internal']

/** Whether an error with this code arose in the algorithm, so that its log may tell more. Pure. */
export const failedInAlgorithm = (code: string): boolean =>
  aboutProcess.has(code) || !others.some((begin) => code.startsWith(begin))
