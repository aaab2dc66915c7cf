import { defineError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'

export const runNotFound = defineError<{ run_id: string }>({
  code: 'run.not_found',
  zh: ({ run_id }) => `没有运行记录 ${run_id}`,
  en: ({ run_id }) => `There is no run ${run_id}`,
})

export const runEnded = defineError<{ run_id: string; status: string }>({
  code: 'run.ended',
  zh: ({ status }) => `运行已经结束（${status}），不能取消`,
  en: ({ status }) => `The run has already ended (${status}) and cannot be cancelled`,
})

export const runNotEnded = defineError<{ run_id: string }>({
  code: 'run.not_ended',
  zh: () => '运行还没有结束，请先取消再删除',
  en: () => 'The run has not ended. Cancel it before you delete it',
})

export const runServiceReplaced = defineError<{ run_id: string; service_id: string }>({
  code: 'run.service_replaced',
  zh: ({ service_id }) =>
    `这次运行所用的服务 ${service_id} 已被删除，现在用这个标识的是另一个服务，平台不会把当时的输入交给它。要用它运行，请打开它的页面重新提交输入`,
  en: ({ service_id }) =>
    `The service ${service_id} of this run was deleted, and another one has its ID now, so the platform does not give it the input. To run that one, open its page and enter the input there`,
})

export const runShown = defineError<{ run_id: string }>({
  code: 'run.shown',
  zh: () => '有对比、分享链接或展示页正在展示这次运行，请先删除对比、停用链接或从展示中移除',
  en: () =>
    'A comparison, a share link or the presentation of the service shows this run. Delete the comparison, end the link or take the run out of the presentation first',
})

/** The words for each reason why a run could not be continued after a restart of the platform. */
const interruptions = {
  instance_ended: {
    zh: '运行它的实例也已结束',
    en: 'its instance has ended too',
  },
  temporary_ended: {
    zh: '它在旧版本的临时实例上运行，该实例随平台结束',
    en: 'it ran on a temporary instance of an older release, which ends with the platform',
  },
  not_kept: {
    zh: '它的程序不是用平台的运行时编写的，不保留调用方已离开的运行',
    en: 'its program does not use the platform’s runtime, so it does not keep runs whose caller has disconnected',
  },
  forgotten: {
    zh: '它的实例不再保留这次运行的结果',
    en: 'its instance no longer keeps the result of this run',
  },
  unreachable: {
    zh: '它的实例没有响应',
    en: 'its instance does not respond',
  },
} as const
/** The reason why a run could not be continued after a restart of the platform. */
export type Interruption = keyof typeof interruptions

export const runInterrupted = defineError<{ why: Interruption }>({
  code: 'run.interrupted',
  zh: ({ why }) => `平台在运行期间重新启动，无法接续：${interruptions[why].zh}。请再运行一次`,
  en: ({ why }) =>
    `The platform restarted during the run and could not continue it: ${interruptions[why].en}. Run it again`,
})

export const runFileNotFound = defineError<{ run_id: string; name: string }>({
  code: 'run.file_not_found',
  zh: ({ run_id, name }) => `运行 ${run_id} 没有文件 ${name}`,
  en: ({ run_id, name }) => `Run ${run_id} has no file ${name}`,
})

export const runCancelled = defineError({
  code: 'run.cancelled',
  zh: () => '运行已取消',
  en: () => 'The run was cancelled',
})

export const instanceUnreachable = defineError<{ service_id: string; cause: Words }>({
  code: 'run.instance_unreachable',
  redacted: { zh: '服务中断了连接', en: 'The service closed the connection' },
  zh: ({ service_id, cause }) => `服务 ${service_id} 中断了连接（${cause.zh}），请查看它的日志`,
  en: ({ service_id, cause }) => `Service ${service_id} closed the connection (${cause.en}). Check its log`,
})

export const instanceEnded = defineError<{ service_id: string; reason: Words }>({
  code: 'run.instance_ended',
  zh: ({ service_id, reason }) => `服务 ${service_id} 的进程在运行期间结束了：${reason.zh}`,
  en: ({ service_id, reason }) => `The process of service ${service_id} ended during the run: ${reason.en}`,
})

export const answerNotUnderstood = defineError<{ service_id: string; http_status: number; body: string }>({
  code: 'run.answer_not_understood',
  redacted: { zh: '服务的响应不符合协议', en: 'The response of the service does not follow the protocol' },
  zh: ({ service_id, http_status, body }) =>
    `服务 ${service_id} 的响应不符合协议（HTTP ${http_status}）：${body}`,
  en: ({ service_id, http_status, body }) =>
    `The response of service ${service_id} does not follow the protocol (HTTP ${http_status}): ${body}`,
})

/** `part` says what is too large: the length of the text, or the memory of its values. */
export const answerTooLarge = defineError<{
  service_id: string
  limit_bytes: number
  part: 'text' | 'values'
}>({
  code: 'run.answer_too_large',
  zh: ({ service_id, limit_bytes, part }) =>
    `服务 ${service_id} 的一条回答${part === 'text' ? '' : '里的值在内存里'}超过 ${limit_bytes / 1024 ** 2} MB，已停止接收。请让算法返回更小的结果，大文件请以文件形式返回`,
  en: ({ service_id, limit_bytes, part }) =>
    `${part === 'text' ? `An answer of service ${service_id} is larger than` : `The values in an answer of service ${service_id} take more memory than`} ${limit_bytes / 1024 ** 2} MB, so the platform stopped reading it. Return a smaller result, and return large data as files`,
})

export const memoryReclaimed = defineError<{ service_id: string }>({
  code: 'run.memory_reclaimed',
  zh: ({ service_id }) =>
    `对服务 ${service_id} 的这次调用占用的内存最多，且其他人在等待，已终止。请稍后重试，或减小输入、减少同时进行的运行`,
  en: ({ service_id }) =>
    `This call of service ${service_id} held the most memory while others waited for memory, so it was ended. Try again later, or with a smaller input or fewer runs at once`,
})

/**
 * For a run of a release that does not serve. `minutes` is how long its instance may keep its place while others wait.
 */
export const placeReclaimed = defineError<{ service_id: string; release: number; minutes: number }>({
  code: 'run.place_reclaimed',
  zh: ({ service_id, release, minutes }) =>
    `服务 ${service_id} 的版本 #${release} 不是当前版本，它的临时实例连同启动已用满 ${minutes} 分钟，且其他人在等待空位，这次运行已终止。请稍后重试，或减小输入`,
  en: ({ service_id, release, minutes }) =>
    `Release #${release} of service ${service_id} is not the current release. Its temporary instance was in use for ${minutes} min, including its start, while others waited for a place, so this run was ended. Try again later, or with a smaller input`,
})

export const releaseNotKept = defineError<{ service_id: string; release: number }>({
  code: 'run.release_not_kept',
  zh: ({ service_id, release }) => `服务 ${service_id} 的版本 #${release} 的文件已不存在，不能运行`,
  en: ({ service_id, release }) =>
    `The files of release #${release} of service ${service_id} no longer exist, so it cannot run`,
})

export const runFileMissing = defineError<{ name: string }>({
  code: 'run.file_missing',
  zh: ({ name }) => `实例没有返回文件 ${name}，未能保存`,
  en: ({ name }) => `The instance did not return the file ${name}, so it was not saved`,
})

export const runFilesTooLarge = defineError<{ name: string; limit_bytes: number }>({
  code: 'run.files_too_large',
  zh: ({ name, limit_bytes }) => `一次运行的文件合计超过 ${limit_bytes} 字节，未保存 ${name}`,
  en: ({ name, limit_bytes }) =>
    `The files of a run exceed ${limit_bytes} bytes together, so ${name} was not saved`,
})

export const runFilesTooMany = defineError<{ name: string; limit: number }>({
  code: 'run.files_too_many',
  zh: ({ name, limit }) => `一次运行返回的文件超过 ${limit} 个，未保存 ${name}`,
  en: ({ name, limit }) => `The run returned more than ${limit} files, so ${name} was not saved`,
})

/** `field` says which of the two schemas in the package is too slow. */
export const schemaTooSlow = defineError<{ service_id: string; field: 'input' | 'parameters' }>({
  code: 'run.schema_too_slow',
  zh: ({ service_id, field }) =>
    `按服务 ${service_id} 的算法包中 ${field} 的规则检查这次的数据耗时过长，没有运行。请换一份数据再试，或请算法作者简化规则中的正则表达式（pattern）`,
  en: ({ service_id, field }) =>
    `Checking this data with the schema for ${field} in the package of the service ${service_id} takes too long, so nothing was run. Try other data, or ask the author of the algorithm to simplify the regular expressions (pattern) of the schema`,
})

export const runStorageFull = defineError<{ name: string }>({
  code: 'run.storage_full',
  zh: ({ name }) => `平台的磁盘已满，未能保存 ${name}`,
  en: ({ name }) => `The platform's disk is full, so ${name} was not saved`,
})
