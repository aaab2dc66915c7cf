import { tellerOf } from './banner.mjs'
import { controlPlaneLog } from './control-plane-log.mjs'
import { keepControlPlane } from './control-plane.mjs'
import { anythingLives, endLeftovers } from './leftovers.mjs'
import { endable, noteNumbers } from './platform-numbers.mjs'
import { isAlive, readIdentity, waitUntil } from './processes.mjs'
import { controlPlaneRecord, hasOtherStart } from './start-lock.mjs'
import { UserError, words } from './words.mjs'

const stopPatienceMs = 30_000
/**
 * npm passes on a signal that the terminal has also sent to us. A second signal this soon after the first is
 * the same one.
 */
const sameSignalMs = 1_000
const slowMs = 60_000

/**
 * Waits for a control plane whose parent was killed. It exits by itself, but leaves what it has started.
 * @param {string} dataFolder
 */
async function awaitOldControlPlane(dataFolder) {
  const old = readIdentity(controlPlaneRecord(dataFolder))
  if (!old || !endable(dataFolder)(old) || (await waitUntil(() => !isAlive(old), 20_000))) return
  throw new UserError(
    words(
      `数据文件夹 ${dataFolder} 正由进程 ${old.pid} 的控制面使用。用 npm run down 停止它。`,
      `The data folder ${dataFolder} is in use by the control plane that runs as process ${old.pid}. Stop it with npm run down.`,
    ),
  )
}

/** @param {import('./control-plane.mjs').End} end */
const how = ({ code, signal, problem }) => problem ?? signal ?? `${words('退出码', 'exit code')} ${code}`

/**
 * Runs the platform until it is stopped, and returns the exit code. The control plane is kept running. Ctrl-C
 * or SIGTERM ends everything that was started, in order; a second one ends it at once. If another start on the data folder
 * is there to go on (`standsBy`), only the control plane of this one is ended. `growMachine` is
 * called when everything answers, and installs packages that the start itself did not need.
 * @param {{
 *   root: string, nodeFile: string, dataFolder: string, begun: number, steps: import('./steps.mjs').Steps, entry?: string,
 *   standing: import('./root.mjs').Standing,
 *   standsBy?: boolean,
 *   growMachine?: (signal: AbortSignal) => Promise<void>,
 * }} input
 */
export async function runPlatform({
  root,
  nodeFile,
  dataFolder,
  begun,
  steps,
  entry,
  standing,
  standsBy = false,
  growMachine,
}) {
  if (!standsBy) await awaitOldControlPlane(dataFolder)
  const wereThere = anythingLives(dataFolder)
  const log = controlPlaneLog(dataFolder)
  const logStart = log.size()
  const slow = setTimeout(
    () => steps.note(words(`仍在启动，日志：${log.path}`, `still starting; log: ${log.path}`)),
    slowMs,
  )
  const growing = new AbortController()
  const grow = async () => {
    try {
      await growMachine?.(growing.signal)
      plane.tellMachineGrew()
    } catch (error) {
      if (!growing.signal.aborted) steps.note(String(error))
    }
  }
  noteNumbers(dataFolder, standing.numbers)
  const tell = tellerOf(steps, begun, standsBy)
  const plane = keepControlPlane({
    nodeFile,
    root,
    log,
    ...(entry && { entry }),
    command: standing.command,
    env: { ...process.env, VITRINE_DATA_DIR: dataFolder, ...standing.env },
    onReady(ready, isFirst) {
      clearTimeout(slow)
      tell.ready(ready, isFirst)
      if (isFirst) void grow()
    },
    onWaiting(waiting) {
      clearTimeout(slow)
      tell.waiting(waiting)
    },
    onDeath(end, pause) {
      const seconds = pause / 1000
      steps.say(
        words(
          `控制面意外结束（${how(end)}），${seconds} 秒后重新启动；算法服务不受影响。日志：${log.path}`,
          `The control plane died (${how(end)}); started again in ${seconds} s. Services go on. Log: ${log.path}`,
        ),
      )
    },
  })
  const goesOn = () => standsBy && hasOtherStart(dataFolder)
  const stop = stopOnSignals(plane, steps, goesOn)
  const end = await plane.done
  growing.abort()
  clearTimeout(slow)
  stop.settle()
  if (end)
    return neverReady({
      end,
      dataFolder,
      log,
      logStart,
      wereThere: wereThere || goesOn() || plane.wasEverReady(),
    })
  return endAll({ dataFolder, steps, goesOn: goesOn(), isHurried: stop.isHurried() })
}

/**
 * Ends what a stopped control plane has left, unless another start goes on with it. Returns the exit code.
 * @param {{ dataFolder: string, steps: import('./steps.mjs').Steps, goesOn: boolean, isHurried: boolean }} input
 */
async function endAll({ dataFolder, steps, goesOn, isHurried }) {
  if (goesOn) {
    steps.say(
      words(
        '控制面已结束；另一个 npm start 继续运行。',
        'The control plane has ended; another npm start goes on.',
      ),
    )
    return 0
  }
  const { left } = await endLeftovers(dataFolder, { isHurried })
  if (left.length > 0)
    throw new UserError(words(`未能停止：${left.join('，')}`, `Could not be stopped: ${left.join(', ')}`))
  steps.say(
    words(
      '已全部停止。再次 npm start 会恢复原来的服务。',
      'Everything is stopped. The next npm start brings the same services back.',
    ),
  )
  return 0
}

/** @param {ReturnType<typeof keepControlPlane>} plane @param {import('./steps.mjs').Steps} steps @param {() => boolean} goesOn */
function stopOnSignals(plane, steps, goesOn) {
  let firstAt = 0
  let hurried = false
  /** @type {NodeJS.Timeout | undefined} */
  let patience
  const onSignal = () => {
    if (firstAt === 0) {
      firstAt = Date.now()
      steps.say(words('正在停止…（再按一次 Ctrl-C 强制结束）', 'Stopping … (Ctrl-C again to force it)'))
      plane.stop(goesOn() ? 'SIGTERM' : 'SIGINT')
      patience = setTimeout(() => plane.stop('SIGKILL'), stopPatienceMs)
    } else if (Date.now() - firstAt > sameSignalMs) {
      hurried = true
      plane.stop('SIGKILL')
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return { isHurried: () => hurried, settle: () => clearTimeout(patience) }
}

/**
 * @param {{ end: import('./control-plane.mjs').End, dataFolder: string, log: import('./control-plane-log.mjs').ControlPlaneLog, logStart: number, wereThere: boolean }} input
 * @returns {Promise<number>}
 */
async function neverReady({ end, dataFolder, log, logStart, wereThere }) {
  // Parts that were alive before are not ended, so that services of an earlier start continue if a newer version does
  // not start.
  if (!wereThere) await endLeftovers(dataFolder)
  if (end.refused) throw new UserError(words(end.refused.zh, end.refused.en), end.code || 1)
  const lines = log.tail(logStart)
  const text = lines.map((line) => `  ${line}`).join('\n')
  throw new UserError(
    words(
      `控制面未能启动（${how(end)}）：\n${text}\n完整日志：${log.path}`,
      `The control plane did not start (${how(end)}):\n${text}\nThe whole log: ${log.path}`,
    ),
    end.code || 1,
  )
}
