import { defineError } from '../../lib/errors.ts'

export const nothingToDo = defineError<{ action: string }>({
  code: 'batch.nothing_to_do',
  zh: () => '所选范围内没有可以这样操作的服务',
  en: () => 'This action applies to none of the selected services',
})
