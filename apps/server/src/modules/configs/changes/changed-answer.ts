import type { FastifyRequest } from 'fastify'
import type { Language } from '@vitrine/contract'
import { languageOf } from '../../../http/language.ts'
import type { Changed } from './place-changes.ts'

const words: Record<Language, { set: string; same: string; tries: (examples: number) => string }> = {
  zh: {
    set: '设置配置成功',
    same: '没有变化',
    tries: (examples) =>
      examples === 0
        ? '正在一个实例上试；这个版本没有黄金示例，只看它能否就绪'
        : `正在一个实例上试，通过 ${examples} 个黄金示例后生效`,
  },
  en: {
    set: 'The configuration is set',
    same: 'Nothing has changed',
    tries: (examples) =>
      examples === 0
        ? 'The change is being tried on one instance. The release has no golden examples, so only whether it becomes ready is checked'
        : `The change is being tried on one instance. It takes effect once the instance has passed the golden examples (${examples})`,
  },
}

/** The answer of the API to a change, without its tasks. */
function outcomeOf(changed: Changed, language: Language) {
  const { set, same, tries } = words[language]
  switch (changed.kind) {
    case 'same':
      return { message: same, revision: null, golden_examples: null }
    case 'stored':
      return { message: set, revision: changed.revision, golden_examples: null }
    case 'tried':
      return {
        message: tries(changed.goldenExamples),
        revision: null,
        golden_examples: changed.goldenExamples,
      }
  }
}

/** The answer of the API to a change, with the task of the first service that runs. */
export const changedAnswer = (request: FastifyRequest, changed: Changed) => ({
  ...outcomeOf(changed, languageOf(request)),
  task_id: changed.tasks[0]?.task_id ?? null,
})

/** The answer to a change of one value. Setting a value that is already set is a success too. */
export const setAnswer = (request: FastifyRequest, changed: Changed) =>
  changedAnswer(
    request,
    changed.kind === 'same' ? { kind: 'stored', revision: null, tasks: changed.tasks } : changed,
  )
