/**
 * A failure that tells of a busy machine and not of what it can do. It is no reason to keep root: less protection must be a property of
 * the machine and no accident, and whoever loads a machine must not take this wall.
 */
export class PassingError extends Error {
  constructor(zh: string, en: string) {
    super(
      `${zh}，因此不知道本机能否放弃 root。请在机器不那么繁忙时再启动，或设置 VITRINE_ROOT=keep。 · ` +
        `${en}, so it is not known whether root can be given up here. Start again when the machine is less busy, or set VITRINE_ROOT=keep.`,
    )
    this.name = 'PassingError'
  }
}

/** A program had no result in its time. */
export const tooLate = (program: string, mostMs: number): PassingError =>
  new PassingError(
    `${program} 在 ${mostMs / 1_000} 秒内没有结束`,
    `${program} did not end within ${mostMs / 1_000} s`,
  )

/** What Node and programs say when there are no processes or no memory left. */
const shortage = /\b(?:EAGAIN|ENOMEM)\b|Resource temporarily unavailable|Cannot allocate memory/

/** The error for a program that failed, by what was said of it. */
export const failureOf = (program: string, said: string): Error =>
  shortage.test(said)
    ? new PassingError(`${program} 没有得到所需的进程或内存（${said}）`, `${program}: ${said}`)
    : new Error(`${program}: ${said}`)
