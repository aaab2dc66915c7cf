import type { FastifyRequest } from 'fastify'
import type { Language } from '@vitrine/contract'
import { languageOf } from '../../http/language.ts'
import type { Changed } from './change-configs.ts'

const words: Record<Language, { set: string; same: string }> = {
  zh: { set: '设置配置成功', same: '没有变化' },
  en: { set: 'The configuration is set', same: 'Nothing has changed' },
}

/** What became of a change, as the API answers it, with the task of the first service that runs. */
export const changedAnswer = (
  request: FastifyRequest,
  { revision, tasks, changed }: Changed,
  isSet = changed ?? revision !== null,
) => {
  const { set, same } = words[languageOf(request)]
  return { message: isSet ? set : same, revision, task_id: tasks[0]?.task_id ?? null }
}
