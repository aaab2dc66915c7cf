import type { Words } from '../../lib/words.ts'

/**
 * Where an instance reports its health: a path, or {@link anyAnswer} if it has no such path and is well as long as it
 * answers anything. Null if that is not known yet, because its package does not say.
 */
export type HealthPath = string | null

/** Stands for a path: the instance is well as long as it answers. */
export const anyAnswer = 'answers'

/** The paths where an instance may report its health, in the order in which they are tried. */
export const usualHealthPaths: readonly string[] = ['/health', '/healthz', '/ping', '/']

/** The meaning of an answer of a usual path while the right one is looked for. */
export type Tried = 'here' | 'wait' | 'elsewhere'

/**
 * Whether a usual path is the one that reports the health. A server error of a path that is named after health says that
 * the instance is not well; anything else says that there is no such path. Pure.
 */
export function tried(path: string, status: number): Tried {
  if (status >= 200 && status < 300) return 'here'
  const isNotReady = path === '/' ? status === 503 : status >= 500
  return isNotReady ? 'wait' : 'elsewhere'
}

/** What was found about the path where an instance reports its health. */
export const healthPathWords = (path: string): Words =>
  path === anyAnswer
    ? {
        zh: '没有健康检查的路径，有响应就算健康（可在 algorithm.yaml 里写 health.path）',
        en: 'it has no health path, so any answer counts as well (health.path in algorithm.yaml names one)',
      }
    : {
        zh: `健康检查用 ${path}（可在 algorithm.yaml 里用 health.path 改）`,
        en: `its health is read from ${path} (health.path in algorithm.yaml names another)`,
      }
