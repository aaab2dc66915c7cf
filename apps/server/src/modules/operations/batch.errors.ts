import { defineError } from '../../lib/errors.ts'

export const nothingToDo = defineError<{ action: string }>({
  code: 'batch.nothing_to_do',
  zh: () => '所选范围内没有可以这样操作的服务',
  en: () => 'This action applies to none of the selected services',
})

/** Somebody who asked for a batch is gone, or the key with which they did, before it has come to all services. */
export const batchAuthorGone = defineError<{ name: string }>({
  code: 'batch.author_gone',
  zh: ({ name }) => `发起这次批量操作的 ${name} 已被停用或删除，或其所用的密钥已失效，所以没有操作这个服务`,
  en: ({ name }) =>
    `${name}, who began this batch, is disabled or deleted, or the key that was used is not valid any more. So nothing was done with this service`,
})
