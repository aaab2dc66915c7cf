import type { Endpoint, ServiceHealth } from '@vitrine/contract'
import type { ProcessReason } from '../../adapters/process-runner/process-reason.ts'
import type { Stranger } from '../../lib/procfs/port-ownership.ts'
import { wordsOf, type Words } from '../../lib/words.ts'
import { clueIn, clueWords } from './log-clue.ts'
import { processWords } from './process-words.ts'

/** What a question for the health of an instance found. */
export type HealthFinding =
  /** It lives, but nothing listens where it should; `on` are the ports where its processes do. */
  | { code: 'not_listening'; endpoint: Endpoint; on: readonly number[] }
  /** Somebody else has its port, so it is being started with another; `by` is null where nobody was found on it. */
  | { code: 'port_taken'; port: number; by: Stranger | null }
  /** An answer that says nothing of health; `isPage` where it is HTML, as of a server that has no such path. */
  | { code: 'answers'; path: string; status: number; isPage: boolean }
  | { code: 'silent'; path: string; seconds: number }
  | { code: 'broken'; path: string; cause: string }
  /** Its own word for its health, with what it says about it. */
  | { code: 'states'; path: string; status: number; health: ServiceHealth; detail: string | null }

/**
 * Why an instance is not well, as facts. {@link reasonWords} makes the sentence for everybody, {@link reasonLines} gives what only those
 * may read who may read logs.
 */
export type Reason =
  | HealthFinding
  /** What its runner reports; after it was given up with the last lines of its log. */
  | { code: 'process'; reason: ProcessReason; lines: readonly string[] }
  | { code: 'gone' }
  /** Its time to become ready is over; `last` is what was found last. */
  | { code: 'not_ready'; seconds: number; last: HealthFinding | null }
  /** It was started again because of its health. */
  | { code: 'restarted'; probes: number; because: Reason | null }

/** So much of what an algorithm says about its health is passed on. */
const longestDetail = 2_000

/** What an algorithm says about its health, line by line. */
const detailLines = (detail: string | null): readonly string[] =>
  detail === null ? [] : detail.slice(0, longestDetail).split('\n')

const listed = (ports: readonly number[]) => ports.join(', ')

/** How an instance is told where to listen. */
const toldWhere = (endpoint: Endpoint): Words =>
  'socket' in endpoint
    ? wordsOf(endpoint.socket)
    : { zh: `$PORT（${endpoint.port}）`, en: `$PORT (${endpoint.port})` }

function listeningWords({ endpoint, on }: Extract<HealthFinding, { code: 'not_listening' }>): Words {
  if ('port' in endpoint && on.includes(endpoint.port))
    return {
      zh: `监听了端口 ${endpoint.port}，但不是在 ${endpoint.host} 上`,
      en: `listens on port ${endpoint.port}, but not on ${endpoint.host}`,
    }
  const where = toldWhere(endpoint)
  const [zh, en] = [`没有监听 ${where.zh}`, `does not listen on ${where.en}`]
  if (on.length === 0) return { zh, en }
  return { zh: `${zh}，而是监听了 ${listed(on)}`, en: `${en} but on ${listed(on)}` }
}

/** A sentence with what lines tell of the cause. */
function withClue({ zh, en }: Words, lines: readonly string[]): Words {
  const clue = clueIn(lines)
  if (!clue) return { zh, en }
  const why = clueWords(clue)
  return { zh: `${zh}；${why.zh}`, en: `${en}; ${why.en}` }
}

/** What was found, as a sentence that holds neither commands nor words of the algorithm. */
function findingWords(finding: HealthFinding): Words {
  switch (finding.code) {
    case 'not_listening':
      return listeningWords(finding)
    case 'port_taken':
      return {
        zh: `端口 ${finding.port} 被其他程序占用，正在换一个端口启动`,
        en: `port ${finding.port} is held by another program; it is being started with another`,
      }
    case 'answers': {
      const { path, status, isPage } = finding
      // A server that has no such path often answers with a page; what one writes about its own faults tells nothing.
      const isElsewhere = isPage && status < 500
      return {
        zh: `${path} 返回 ${status}${isElsewhere ? '（一个网页）' : ''}`,
        en: `${path} answers ${status}${isElsewhere ? ' with a web page' : ''}`,
      }
    }
    case 'silent':
      return {
        zh: `${finding.path} 在 ${finding.seconds} 秒内没有应答`,
        en: `${finding.path} does not answer within ${finding.seconds} s`,
      }
    case 'broken':
      return {
        zh: `${finding.path} 的应答不完整（${finding.cause}）`,
        en: `${finding.path} does not answer properly (${finding.cause})`,
      }
    case 'states': {
      const { path, status, health } = finding
      if (health === 'SETUP_FAILED')
        return withClue({ zh: '初始化（setup）失败', en: 'its setup failed' }, detailLines(finding.detail))
      return { zh: `${path} 返回 ${status} ${health}`, en: `${path} answers ${status} ${health}` }
    }
  }
}

const longerTime = (seconds: number): Words => ({
  zh: `如果启动确实需要更久，请在 algorithm.yaml 里调大 health.startup_timeout_s（现在是 ${seconds}）`,
  en: `if it needs longer to start, raise health.startup_timeout_s in algorithm.yaml (now ${seconds})`,
})

/** What somebody can do about an instance that did not become ready; null where only its log can tell. */
function adviceAfter(last: HealthFinding | null, seconds: number): Words | null {
  switch (last?.code) {
    case 'not_listening':
      if (last.on.length > 0)
        return {
          zh: '请监听环境变量 HOST 和 PORT 给出的地址和端口',
          en: 'listen on the address and the port in $HOST and $PORT',
        }
      return {
        zh: `请监听环境变量 PORT 给出的端口；${longerTime(seconds).zh}`,
        en: `listen on the port in $PORT; ${longerTime(seconds).en}`,
      }
    case 'answers':
      if (last.status < 300 || last.status >= 500) return null
      return {
        zh: '请让这个路径返回 2xx，或在 algorithm.yaml 里把 health.path 改成能返回 2xx 的路径',
        en: 'make this path answer 2xx, or set health.path in algorithm.yaml to one that does',
      }
    case 'states':
      return last.health === 'STARTING' ? longerTime(seconds) : null
    case 'silent':
    case undefined:
      return longerTime(seconds)
    case 'port_taken':
    case 'broken':
      return null
  }
}

function notReadyWords({ seconds, last }: Extract<Reason, { code: 'not_ready' }>): Words {
  const found = last && findingWords(last)
  const advice = adviceAfter(last, seconds)
  return {
    zh: `${seconds} 秒内没有就绪${found ? `：${found.zh}` : ''}${advice ? `；${advice.zh}` : ''}`,
    en: `not ready within ${seconds} s${found ? `: ${found.en}` : ''}${advice ? `; ${advice.en}` : ''}`,
  }
}

/** The sentence of a reason, in every language. It is for everybody: no commands, no paths of the machine, no lines of a log. */
export function reasonWords(reason: Reason): Words {
  switch (reason.code) {
    case 'process':
      return withClue(processWords(reason.reason), reason.lines)
    case 'gone':
      return { zh: '进程已经不存在', en: 'the process is gone' }
    case 'not_ready':
      return notReadyWords(reason)
    case 'restarted': {
      const because = reason.because ? reasonWords(reason.because) : wordsOf('')
      return {
        zh: `连续 ${reason.probes} 次健康检查不正常，已重新启动${because.zh && `（${because.zh}）`}`,
        en: `started again after ${reason.probes} bad probes in a row${because.en && ` (${because.en})`}`,
      }
    }
    default:
      return findingWords(reason)
  }
}

const strangerLine = (by: Stranger): string =>
  'pid' in by ? `${by.command} (pid ${by.pid})` : `uid ${by.uid}`

/** What belongs to a reason and is only for those who may read logs: log lines, the algorithm's own words, who holds a port. */
export function reasonLines(reason: Reason): readonly string[] {
  switch (reason.code) {
    case 'process':
      return reason.lines
    case 'states':
      return detailLines(reason.detail)
    case 'port_taken':
      return reason.by === null ? [] : [strangerLine(reason.by)]
    case 'not_ready':
      return reason.last ? reasonLines(reason.last) : []
    case 'restarted':
      return reason.because ? reasonLines(reason.because) : []
    default:
      return []
  }
}
