import { endpointText, type Endpoint, type ServiceHealth, type TcpEndpoint } from '@vitrine/contract'
import type { ProcessReason } from '../../adapters/process-runner/process-reason.ts'
import type { ForeignProcess } from '../../lib/procfs/port-ownership.ts'
import { wordsOf, type Words } from '../../lib/words.ts'
import { clueIn, clueWords } from './log-clue.ts'
import { refusedWords } from './refused-connection.ts'
import { processWords } from './process-words.ts'

/** What a health probe of an instance found. */
export type HealthFinding =
  /**
   * The process runs, but nothing listens on its endpoint. `on` are the ports where its processes listen, `awaits` is where
   * one of them connects to without an answer.
   */
  | { code: 'not_listening'; endpoint: Endpoint; on: readonly number[]; awaits?: TcpEndpoint }
  /** The process runs, but has not answered any request on its socket yet. */
  | { code: 'not_accepting' }
  /**
   * Another process has its port, so it is being restarted with another one. `by` is null if the holder was
   * not found.
   */
  | { code: 'port_taken'; port: number; by: ForeignProcess | null }
  /**
   * The answer does not state a health. `isPage` if it is HTML, as from a server without such a path. `said` is the beginning of
   * another body, in one line, unless the answer is good or empty.
   */
  | { code: 'answers'; path: string; status: number; isPage: boolean; said?: string }
  | { code: 'silent'; path: string; seconds: number }
  | { code: 'broken'; path: string; cause: string }
  /** The health that it states itself, with its explanation. */
  | { code: 'states'; path: string; status: number; health: ServiceHealth; detail: string | null }

/** The installed dependencies of an instance were lost. They are being installed again, or that has failed; `lines` are the output of that attempt. */
export type InstallNote =
  { code: 'installing'; words: Words } | { code: 'not_installed'; words: Words; lines: readonly string[] }

/**
 * Why an instance is not well, as facts. {@link reasonWords} makes the sentence for everybody. {@link
 * reasonLines} gives the details for people who may read logs.
 */
export type Reason =
  | HealthFinding
  /** The reason that its runner reports. After it was given up, also the last lines of its log. */
  | { code: 'process'; reason: ProcessReason; lines: readonly string[] }
  | { code: 'gone' }
  | InstallNote
  /** It was found restarted by a control plane that had been away, and nothing tells how it had ended. */
  | { code: 'restarted_away' }
  /** It was not ready in time. `last` is the last finding. */
  | { code: 'not_ready'; seconds: number; last: HealthFinding | null }
  /** It was restarted because of its health. */
  | { code: 'restarted'; probes: number; because: Reason | null }

/** The most that is passed on of what an algorithm says about its health, in characters. */
const longestDetail = 2_000

/** What an algorithm says about its health, line by line. */
const detailLines = (detail: string | null): readonly string[] =>
  detail === null ? [] : detail.slice(0, longestDetail).split('\n')

/** The most ports that a sentence names. */
const portsAtMost = 4
const listed = (ports: readonly number[]) =>
  `${ports.slice(0, portsAtMost).join(', ')}${ports.length > portsAtMost ? ' …' : ''}`

/** Linux gives ports from here on to whoever asks for none. Nobody serves there: the parts of a program talk to each other. */
const firstFree = 32_768
const isServing = (ports: readonly number[]) => ports.some((port) => port < firstFree)

/** How an instance knows where to listen. */
const toldWhere = (endpoint: Endpoint): Words =>
  'socket' in endpoint
    ? { zh: '平台给它的套接字', en: 'the socket that it was given' }
    : { zh: ` $PORT（${endpoint.port}）`, en: `$PORT (${endpoint.port})` }

function listeningWords({ endpoint, on }: Extract<HealthFinding, { code: 'not_listening' }>): Words {
  if ('port' in endpoint && on.includes(endpoint.port))
    return {
      zh: `监听了端口 ${endpoint.port}，但不是在 ${endpoint.host} 上`,
      en: `listens on port ${endpoint.port}, but not on ${endpoint.host}`,
    }
  const where = toldWhere(endpoint)
  const [zh, en] = [`没有监听${where.zh}`, `does not listen on ${where.en}`]
  if (on.length === 0) return { zh, en }
  if (!isServing(on))
    return { zh: `${zh}，只有它内部用的 ${listed(on)}`, en: `${en}, only on ${listed(on)} for its own parts` }
  return { zh: `${zh}，而是监听了 ${listed(on)}`, en: `${en} but on ${listed(on)}` }
}

/** A sentence, with the cause that log lines show. */
function withClue({ zh, en }: Words, lines: readonly string[]): Words {
  const clue = clueIn(lines)
  if (!clue) return { zh, en }
  const why = clueWords(clue)
  return { zh: `${zh}；${why.zh}`, en: `${en}; ${why.en}` }
}

const setupFailed: Words = { zh: '初始化（setup）失败', en: 'its setup failed' }

/** A finding as a sentence without commands and the algorithm's own words. */
function findingWords(finding: HealthFinding): Words {
  switch (finding.code) {
    case 'not_listening':
      return listeningWords(finding)
    case 'not_accepting':
      return { zh: '还没有开始处理请求', en: 'does not process requests yet' }
    case 'port_taken':
      return {
        zh: `端口 ${finding.port} 被其他程序占用，正在换一个端口启动`,
        en: `port ${finding.port} is in use by another program; the instance is being started on another port`,
      }
    case 'answers': {
      const { path, status, isPage } = finding
      // A server without such a path often answers with a page. A page with a server error shows nothing.
      const isElsewhere = isPage && status < 500
      return {
        zh: `${path} 返回 ${status}${isElsewhere ? '（一个网页）' : ''}`,
        en: `${path} answers ${status}${isElsewhere ? ' with a web page' : ''}`,
      }
    }
    case 'silent':
      return {
        zh: `${finding.path} 在 ${finding.seconds} 秒内没有响应`,
        en: `${finding.path} does not respond within ${finding.seconds} s`,
      }
    case 'broken':
      return {
        zh: `${finding.path} 的响应不完整（${finding.cause}）`,
        en: `${finding.path} returns an incomplete response (${finding.cause})`,
      }
    case 'states': {
      const { path, status, health } = finding
      if (health === 'SETUP_FAILED') return withClue(setupFailed, detailLines(finding.detail))
      return { zh: `${path} 返回 ${status} ${health}`, en: `${path} answers ${status} ${health}` }
    }
  }
}

const longerTime = (seconds: number): Words => ({
  zh: `如果启动确实需要更久，请在 algorithm.yaml 里调大 health.startup_timeout_s（现在是 ${seconds}）`,
  en: `if it needs more time to start, increase health.startup_timeout_s in algorithm.yaml (now ${seconds})`,
})

/** What a person can do about an instance that did not become ready. Null if only its log can show that. */
function adviceAfter(last: HealthFinding | null, seconds: number): Words | null {
  switch (last?.code) {
    case 'not_accepting':
      return longerTime(seconds)
    case 'not_listening':
      if (last.awaits) return refusedWords(last.awaits.port)
      if ('socket' in last.endpoint) return null
      if (isServing(last.on))
        return {
          zh: '请监听环境变量 HOST 和 PORT 给出的地址和端口',
          en: 'listen on the address and the port in $HOST and $PORT',
        }
      return {
        zh: `请监听环境变量 PORT 给出的端口；${longerTime(seconds).zh}`,
        en: `listen on the port in $PORT; ${longerTime(seconds).en}`,
      }
    case 'answers':
      // The status of a server that is not ready yet, or that will never say otherwise at this path.
      if (last.status === 503)
        return {
          zh: `${longerTime(seconds).zh}；如果这个路径本来就不报告健康，请把 health.path 改成能返回 2xx 的路径`,
          en: `${longerTime(seconds).en}; if this path never reports health, set health.path to one that returns 2xx`,
        }
      if (last.status < 300 || last.status >= 500) return null
      return {
        zh: '请让这个路径返回 2xx，或在 algorithm.yaml 里把 health.path 改成能返回 2xx 的路径',
        en: 'let this path return 2xx, or set health.path in algorithm.yaml to a path that does',
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

function notReadyWords(
  { seconds, last }: Extract<Reason, { code: 'not_ready' }>,
  printed: readonly string[] = [],
): Words {
  const found = last && findingWords(last)
  // A program that tries again and again to reach something does not end, and listens only afterwards.
  const clue = last?.code === 'not_listening' ? clueIn(printed) : null
  const advice = clue?.code === 'not_reached' ? clueWords(clue) : adviceAfter(last, seconds)
  return {
    zh: `${seconds} 秒内没有就绪${found ? `：${found.zh}` : ''}${advice ? `；${advice.zh}` : ''}`,
    en: `not ready within ${seconds} s${found ? `: ${found.en}` : ''}${advice ? `; ${advice.en}` : ''}`,
  }
}

/**
 * The sentence of a reason in every language. It is for everybody, so it contains no commands, paths of the
 * machine or log lines.
 */
export function reasonWords(reason: Reason): Words {
  switch (reason.code) {
    case 'process':
      return withClue(processWords(reason.reason), reason.lines)
    case 'gone':
      return { zh: '进程已经不存在', en: 'the process no longer exists' }
    case 'installing':
      return reason.words
    case 'not_installed':
      return {
        zh: `它安装好的依赖不在了，重新安装没有成功：${reason.words.zh}。平台会再试，也可以点“启动”`,
        en: `its installed dependencies are gone and could not be installed again: ${reason.words.en}. The platform tries again, and so does Start`,
      }
    case 'restarted_away':
      return { zh: '平台不在运行时它重新启动过', en: 'restarted while the platform was away' }
    case 'not_ready':
      return notReadyWords(reason)
    case 'restarted': {
      const because = reason.because ? reasonWords(reason.because) : wordsOf('')
      return {
        zh: `健康检查连续失败 ${reason.probes} 次，已重启${because.zh && `（${because.zh}）`}`,
        en: `restarted after ${reason.probes} failed health checks in a row${because.en && ` (${because.en})`}`,
      }
    }
    default:
      return findingWords(reason)
  }
}

const silently: Words = {
  zh: '日志里什么也没有。请打开它的日志（例如 LOG_LEVEL），并检查它要的环境变量、文件和数据库',
  en: 'its log is empty. Turn on its log (such as LOG_LEVEL), and look for a variable, a file or a database that it needs',
}

/** The sentence of the reason why an instance did not start. `printed` are the lines of its log since then. */
export function startReasonWords(reason: Reason, printed: readonly string[]): Words {
  if (reason.code === 'not_ready') return notReadyWords(reason, printed)
  // What the runtime answers is one line. The place of the error is in what it has printed.
  if (reason.code === 'states' && reason.health === 'SETUP_FAILED')
    return withClue(setupFailed, clueIn(detailLines(reason.detail)) ? detailLines(reason.detail) : printed)
  if (reason.code !== 'process') return reasonWords(reason)
  const { reason: process } = reason
  const end = process.code === 'crash_loop' ? process.last : process
  const words = reasonWords({ ...reason, lines: printed })
  if (end.code !== 'exited' || printed.length > 0) return words
  return { zh: `${words.zh}；${silently.zh}`, en: `${words.en}; ${silently.en}` }
}

const foreignLine = (by: ForeignProcess): string =>
  'pid' in by ? `${by.command} (pid ${by.pid})` : `uid ${by.uid}`

/**
 * The details of a reason that only people who may read logs may see: log lines, the algorithm's own words,
 * and who holds a port.
 */
export function reasonLines(reason: Reason): readonly string[] {
  switch (reason.code) {
    case 'process':
    case 'not_installed':
      return reason.lines
    case 'states':
      return detailLines(reason.detail)
    case 'answers':
      return reason.said === undefined ? [] : [`GET ${reason.path} ${reason.status}: ${reason.said}`]
    case 'not_listening':
      return reason.awaits ? [`connect ${endpointText(reason.awaits)} …`] : []
    case 'port_taken':
      return reason.by === null ? [] : [foreignLine(reason.by)]
    case 'not_ready':
      return reason.last ? reasonLines(reason.last) : []
    case 'restarted':
      return reason.because ? reasonLines(reason.because) : []
    default:
      return []
  }
}
