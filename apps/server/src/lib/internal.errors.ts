import { defineError } from './errors.ts'

export const internalError = defineError({
  code: 'internal',
  zh: () => '平台内部出错，请把请求编号交给管理员',
  en: () => 'An internal error occurred in the platform. Give the request ID to an administrator',
})
