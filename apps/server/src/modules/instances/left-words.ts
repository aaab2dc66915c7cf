import type { Words } from '../../lib/words.ts'

/**
 * How many requests were left when instances were ended, as a sentence of a task. Null if all had been answered. Pure.
 *
 * @param left null if the gateway did not say it
 */
export function leftWords(left: number | null): Words | null {
  if (left === 0) return null
  if (left === null)
    return { zh: '网关没有说还有多少请求', en: 'the gateway did not say how many requests were left' }
  return { zh: `${left} 个请求超过等待时间`, en: `${left} requests exceeded the waiting time` }
}
