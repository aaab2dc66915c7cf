import { defineError } from '../../lib/errors.ts'

export const cacheUnreachable = defineError<{ reason: string }>({
  code: 'cache.unreachable',
  zh: ({ reason }) => `无法连接 REDIS_URL 指定的 Redis：${reason}`,
  en: ({ reason }) => `The Redis of REDIS_URL cannot be reached: ${reason}`,
})
