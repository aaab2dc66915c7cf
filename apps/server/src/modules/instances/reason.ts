import type { ServiceHealth } from '@vitrine/contract'
import type { Stranger } from '../../lib/procfs/port-ownership.ts'
import { wordsOf, type Words } from '../../lib/words.ts'
import { wordsOfRunner } from './runner-words.ts'

/** Why an instance is not well, as facts; {@link reasonWords} makes the sentence. */
export type Reason =
  /** What its runner reports, in English, and after it was given up the last lines of its log: not for everybody to read. */
  | { code: 'runner'; text: string; lines: readonly string[] }
  /** It lives, but nothing listens where it should; `on` are the ports where its processes do. */
  | { code: 'not_listening'; port: number; on: readonly number[] }
  /** Something answers on its port that is no process of it. */
  | { code: 'port_held'; port: number; by: Stranger }
  | { code: 'answers'; path: string; status: number }
  | { code: 'silent'; path: string; seconds: number }
  | { code: 'broken'; path: string; cause: string }
  /** Its own word for its health, with what it says about it. */
  | { code: 'states'; health: ServiceHealth; detail: string | null }
  | { code: 'gone' }
  | { code: 'not_ready'; seconds: number; last: Reason | null }
  /** It was started again because of its health. */
  | { code: 'restarted'; probes: number; because: Reason | null }

const listed = (ports: readonly number[]) => ports.join(', ')
const inBrackets = (last: Reason | null): Words => {
  if (last === null) return wordsOf('')
  const { zh, en } = reasonWords(last)
  return { zh: `（${zh}）`, en: ` (${en})` }
}

function heldWords({ port, by }: Extract<Reason, { code: 'port_held' }>): Words {
  if ('uid' in by)
    return {
      zh: `端口 ${port} 被另一用户（uid ${by.uid}）的进程占用，不是本服务`,
      en: `port ${port} is held by a process of another user (uid ${by.uid}), not by this service`,
    }
  return {
    zh: `端口 ${port} 被 ${by.command}（进程 ${by.pid}）占用，不是本服务`,
    en: `port ${port} is held by ${by.command} (pid ${by.pid}), not by this service`,
  }
}

function probeWords(
  reason: Extract<Reason, { code: 'not_listening' | 'answers' | 'silent' | 'broken' }>,
): Words {
  switch (reason.code) {
    case 'not_listening': {
      const { port, on } = reason
      const [zh, en] = [`没有监听 $PORT（${port}）`, `does not listen on $PORT (${port})`]
      if (on.length === 0) return { zh, en }
      return { zh: `${zh}，而是监听了 ${listed(on)}`, en: `${en} but on ${listed(on)}` }
    }
    case 'answers':
      return { zh: `${reason.path} 返回 ${reason.status}`, en: `${reason.path} answers ${reason.status}` }
    case 'silent':
      return {
        zh: `${reason.path} 在 ${reason.seconds} 秒内没有应答`,
        en: `${reason.path} does not answer within ${reason.seconds} s`,
      }
    case 'broken':
      return {
        zh: `${reason.path} 的应答不完整（${reason.cause}）`,
        en: `${reason.path} does not answer properly (${reason.cause})`,
      }
  }
}

/** The sentence of a reason, in every language. */
export function reasonWords(reason: Reason): Words {
  switch (reason.code) {
    case 'runner':
      return wordsOfRunner(reason.text)
    case 'states':
      return reason.detail === null
        ? { zh: `报告 ${reason.health}，没有说明原因`, en: `says ${reason.health} without a reason` }
        : wordsOf(reason.detail)
    case 'port_held':
      return heldWords(reason)
    case 'gone':
      return { zh: '进程已经不存在', en: 'the process is gone' }
    case 'not_ready': {
      const last = inBrackets(reason.last)
      return {
        zh: `${reason.seconds} 秒内没有就绪${last.zh}`,
        en: `not ready within ${reason.seconds} s${last.en}`,
      }
    }
    case 'restarted': {
      const because = inBrackets(reason.because)
      return {
        zh: `连续 ${reason.probes} 次健康检查不正常，已重新启动${because.zh}`,
        en: `started again after ${reason.probes} bad probes in a row${because.en}`,
      }
    }
    default:
      return probeWords(reason)
  }
}
