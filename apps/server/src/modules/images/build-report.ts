import { z } from 'zod'
import type { BuildEnd, BuildSaying } from '../../adapters/docker/image-daemon.ts'
import type { Words } from '../../lib/words.ts'
import { failureCause, mayPass, withoutRetries } from '../environments/pip-failure.ts'
import { imageFailed } from './images.errors.ts'

/** Who waits for an image. */
export type ImageWaiter = {
  signal: AbortSignal
  log: (line: string) => void
  report: (message: Words) => Promise<void>
}

/** A step as people read it: a command without the form in which it is kept from the builder's own reading. */
function shownStep(text: string): string {
  const [, list] = /^RUN (\[.*\])$/.exec(text) ?? []
  const words = list === undefined ? null : parsedWords(list)
  return words === null ? text : `RUN ${words.at(-1) ?? ''}`
}

function parsedWords(text: string): string[] | null {
  try {
    return z.array(z.string()).parse(JSON.parse(text))
  } catch {
    return null
  }
}

const stepWords = ({ number, of, text }: { number: number; of: number; text: string }): Words => {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return { zh: `第 ${number}/${of} 步：${shown}`, en: `step ${number} of ${of}: ${shown}` }
}

const lastLines = 40
const noNetwork: Words = {
  zh: '这里构建容器时没有网络。请管理员设置 containers.build_network，或用 containers.base_images 换成已经装好依赖的基础镜像',
  en: 'Builds of containers have no network here. An administrator can set containers.build_network, or let containers.base_images name an image that has the packages already',
}
const tooLate: Words = {
  zh: '它没有在时限内完成，已经停止',
  en: 'It did not end in time and was ended',
}

/** Follows what a daemon says of a build: for the log, for the page, and for the error of a step that fails. */
export function buildListener({ log, report }: ImageWaiter) {
  let step: string | null = null
  let lines: string[] = []
  const count = { steps: 0, cached: 0 }
  const onSaying = (saying: BuildSaying) => {
    if ('cached' in saying) {
      count.cached++
      return log('  (cached)')
    }
    if ('line' in saying) {
      lines = [...lines.slice(-lastLines), saying.line]
      return log(saying.line)
    }
    step = shownStep(saying.step.text)
    lines = []
    count.steps++
    log(`— ${saying.step.number}/${saying.step.of} ${step}`)
    // Only the page shows this message. If it cannot be stored, the next step of the task fails for the same reason.
    void report(stepWords({ ...saying.step, text: step })).catch(() => undefined)
  }
  return { onSaying, count, last: () => ({ step, lines }) }
}

/** Messages of programs that find no network. */
const needsNetwork =
  /name resolution|NameResolution|Could not resolve|Temporary failure resolving|Failed to establish a new connection|Network is unreachable|ENOTFOUND|EAI_AGAIN|No matching distribution found/i

/** The error of a build that failed: the step, its last lines, and the cause, if these lines show one. Pure. */
export function imageFailure(
  end: Extract<BuildEnd, { built: false }>,
  { step, lines }: { step: string | null; lines: string[] },
  network: string,
) {
  const said = [...withoutRetries(lines), end.said]
  const reachesNothing = network === 'none' && needsNetwork.test(said.join('\n'))
  const cause = end.why === 'timeout' ? tooLate : reachesNothing ? noNetwork : failureCause(said)
  return imageFailed({
    step,
    cause,
    lines: said.slice(-lastLines),
    // A build that took too long may also be tried again: the finished steps are kept, so the next build continues after them.
    may_pass: cause !== null || mayPass(said),
  })
}
