import { defineError } from '../../lib/errors.ts'

/** `start` or `stop` of a process that was never added or has been removed. */
export const unknownProcess = defineError<{ id: string }>({
  code: 'process.unknown',
  zh: ({ id }) => `没有名为 ${id} 的进程`,
  en: ({ id }) => `there is no process ${id}`,
})

/** A specification that a driver cannot carry out as it stands. */
export const unusableSpec = defineError<{ id: string; field: string; why: string }>({
  code: 'process.spec_unusable',
  redacted: { zh: '进程的设置无法使用', en: 'The settings of a process cannot be used' },
  zh: ({ id, field, why }) => `进程 ${id} 的 ${field} 无法使用：${why}`,
  en: ({ id, field, why }) => `${field} of process ${id} cannot be used: ${why}`,
})

/** Refuses a spec that only a driver for containers can carry out. */
export function refuseImage({ id, image }: { id: string; image?: string | undefined }): void {
  if (image !== undefined) throw unusableSpec({ id, field: 'image', why: 'only Docker runs an image' })
}

/** Processes that are still there after KILL. */
export const processesWontEnd = defineError<{ id: string; pids: number[] }>({
  code: 'process.wont_end',
  zh: ({ id, pids }) => `进程 ${id} 无法结束，仍在运行：${pids.join(', ')}`,
  en: ({ id, pids }) => `process ${id} cannot be ended; still running: ${pids.join(', ')}`,
})

/** supervisord could not be started, or does not answer. `lines` are its own last words. */
export const supervisorUnavailable = defineError<{ why: string; lines: string[] }>({
  code: 'process.supervisor_unavailable',
  redacted: { zh: '进程管理器不可用', en: 'The process manager is not available' },
  zh: ({ why }) => `进程管理器 supervisord 不可用：${why}`,
  en: ({ why }) => `supervisord is not available: ${why}`,
})
