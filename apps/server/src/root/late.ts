/**
 * Something had no result in its time. That tells of a busy machine and not of what it can do, so it is no reason to keep root: less
 * protection must be a property of the machine and no accident.
 */
export class LateError extends Error {
  constructor(what: string, mostMs: number) {
    const seconds = mostMs / 1_000
    super(
      `${what} 在 ${seconds} 秒内没有结束，因此不知道本机能否放弃 root。请在机器不那么繁忙时再启动，或设置 VITRINE_ROOT=keep。 · ` +
        `${what} did not end within ${seconds} s, so it is not known whether root can be given up here. Start again when the machine is less busy, or set VITRINE_ROOT=keep.`,
    )
    this.name = 'LateError'
  }
}
