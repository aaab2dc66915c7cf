import type { ScalingRule } from '@vitrine/contract'
import { redactedSentence } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import type { TaskFailure } from '../tasks/task-progress.ts'
import type { Scaling } from './scaling-decision.ts'

/** What became of a change that the rule of a service asked for: nothing changed if it failed. */
export type Scaled = {
  serviceId: string
  from: number
  to: number
  because: Words
  failure: Words | null
}

const shown = (requests: number): string => String(Math.round(requests * 10) / 10)

/** Why a rule wants another number of instances. */
export function reasonOfScaling({ why, requests }: Scaling, rule: ScalingRule): Words {
  const { min, max, concurrency, cool_down_seconds: seconds } = rule
  if (why === 'bounds') return { zh: `规则要求 ${min}–${max} 个`, en: `the rule wants ${min} to ${max}` }
  return why === 'more'
    ? {
        zh: `平均有 ${shown(requests)} 个请求正在处理，规则为每个实例 ${concurrency} 个`,
        en: `${shown(requests)} requests in progress, ${concurrency} an instance wanted`,
      }
    : {
        zh: `${seconds} 秒内平均最多 ${shown(requests)} 个请求正在处理，规则为每个实例 ${concurrency} 个`,
        en: `at most ${shown(requests)} requests in progress for ${seconds} s, ${concurrency} an instance wanted`,
      }
}

/** The memory of the machine holds no further instance. */
export const noMemory: Words = {
  zh: '机器的可用内存放不下更多实例',
  en: 'the free memory of the machine holds no more instances',
}

/** Why a task could not scale a service, for everybody who sees the service. */
export const failureOfScaling = ({ code, message }: Pick<TaskFailure, 'code' | 'message'>): Words =>
  redactedSentence(code) === null
    ? message
    : { zh: '新的实例没有启动成功，原因见任务', en: 'the new instances did not start, and the task says why' }

/** What a rule has done or could not do, as a sentence for everybody who sees the service. */
export function scaledWords({ from, to, because, failure }: Scaled): Words {
  if (failure === null)
    return {
      zh: `按规则从 ${from} 个实例调整为 ${to} 个：${because.zh}`,
      en: `scaled from ${from} to ${to}: ${because.en}`,
    }
  return {
    zh: `按规则应从 ${from} 个实例调整为 ${to} 个（${because.zh}），但没有成功：${failure.zh}`,
    en: `could not be scaled from ${from} to ${to} (${because.en}): ${failure.en}`,
  }
}
