import { isDiskFull } from './disk-full.ts'
import { defineError, type AppError } from './errors.ts'

export const internalError = defineError({
  code: 'internal',
  zh: () => '平台内部出错，请把请求编号交给管理员',
  en: () => 'An internal error occurred in the platform. Give the request ID to an administrator',
})

/** Nothing can be stored until somebody makes room, so trying again at once does not help. */
const diskFull = defineError({
  code: 'internal.disk_full',
  zh: () => '平台的磁盘已满，没有保存。请管理员腾出空间，然后再试',
  en: () =>
    "The platform's disk is full, so nothing was saved. Have an administrator make room, then try again",
})

/** The error that people see of a failure that nothing else explains. */
export const unforeseen = (error: unknown): AppError =>
  isDiskFull(error) ? diskFull({}, error) : internalError({}, error)
