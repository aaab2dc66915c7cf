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
  if (image !== undefined)
    throw unusableSpec({ id, field: 'image', why: 'only Docker and Kubernetes run an image' })
}

/** Processes that are still there after KILL. */
export const processesWontEnd = defineError<{ id: string; pids: number[] }>({
  code: 'process.wont_end',
  zh: ({ id, pids }) => `进程 ${id} 无法结束，仍在运行：${pids.join(', ')}`,
  en: ({ id, pids }) => `process ${id} cannot be ended; still running: ${pids.join(', ')}`,
})

/** Docker does not answer, or refused for a reason of its own. */
export const dockerUnavailable = defineError<{ why: string }>({
  code: 'process.docker_unavailable',
  redacted: { zh: 'Docker 不可用', en: 'Docker is not available' },
  zh: ({ why }) => `Docker 不可用：${why}。请检查 Docker 是否在运行、平台能否打开它的套接字`,
  en: ({ why }) =>
    `Docker is not available: ${why}. Check that it runs and that the platform may open its socket`,
})

/** A container of somebody else has the name. It is left alone. */
export const containerNameTaken = defineError<{ name: string }>({
  code: 'process.container_name_taken',
  zh: ({ name }) => `Docker 中已有一个不属于本平台的容器 ${name}，平台不会动它；请给它改名或删除它，再启动`,
  en: ({ name }) =>
    `Docker has a container ${name} that is not of this platform and is left alone; rename or remove it, then start again`,
})

/** supervisord could not be started, or does not answer. `lines` are its own last words. */
export const supervisorUnavailable = defineError<{ why: string; lines: string[] }>({
  code: 'process.supervisor_unavailable',
  redacted: { zh: '进程管理器不可用', en: 'The process manager is not available' },
  zh: ({ why }) => `进程管理器 supervisord 不可用：${why}`,
  en: ({ why }) => `supervisord is not available: ${why}`,
})
