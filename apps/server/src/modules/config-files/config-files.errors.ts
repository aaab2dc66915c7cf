import { defineError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'

/** `problems` are sentences with the lines that are wrong. */
export const configFileInvalid = defineError<{ path: string; problems: Words[] }>({
  code: 'config.file_invalid',
  zh: ({ problems }) => `配置文件有误，请改正后再启动：${problems.map(({ zh }) => zh).join('；')}`,
  en: ({ problems }) =>
    `A file of the configuration is wrong. Fix it, then start again: ${problems.map(({ en }) => en).join('; ')}`,
  redacted: { zh: '配置文件有误', en: 'A file of the configuration is wrong' },
})
