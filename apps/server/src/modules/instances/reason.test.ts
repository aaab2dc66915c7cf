import { expect, test } from 'vitest'
import { describeCrashLoop, describeExit } from '../../adapters/process-runner/crash-loop.ts'
import { reasonWords, type Reason } from './reason.ts'

const exit = { at: 0, ranMs: 300, exitCode: 1, signal: null, overLimit: null }
const killed = { at: 0, ranMs: 12_000, exitCode: null, signal: 'SIGKILL', overLimit: null }
const overMemory = { ...killed, overLimit: { resource: 'memory' as const, limit: 512 } }
const overProcesses = { ...killed, overLimit: { resource: 'processes' as const, limit: 64 } }
const runner = (text: string): Reason => ({ code: 'runner', text, lines: ['a line of its log'] })
const notListening: Reason = { code: 'not_listening', port: 18_003, on: [5000] }

test.each<[Reason, string, string]>([
  [notListening, '没有监听 $PORT（18003），而是监听了 5000', 'does not listen on $PORT (18003) but on 5000'],
  [
    { code: 'not_listening', port: 18_003, on: [] },
    '没有监听 $PORT（18003）',
    'does not listen on $PORT (18003)',
  ],
  [
    { code: 'port_held', port: 21_003, by: { pid: 812, command: 'python3 -m http.server 21003' } },
    '端口 21003 被 python3 -m http.server 21003（进程 812）占用，不是本服务',
    'port 21003 is held by python3 -m http.server 21003 (pid 812), not by this service',
  ],
  [
    { code: 'port_held', port: 21_003, by: { uid: 1001 } },
    '端口 21003 被另一用户（uid 1001）的进程占用，不是本服务',
    'port 21003 is held by a process of another user (uid 1001), not by this service',
  ],
  [{ code: 'answers', path: '/health', status: 404 }, '/health 返回 404', '/health answers 404'],
  [
    { code: 'silent', path: '/health', seconds: 5 },
    '/health 在 5 秒内没有应答',
    '/health does not answer within 5 s',
  ],
  [
    { code: 'states', health: 'UNHEALTHY', detail: null },
    '报告 UNHEALTHY，没有说明原因',
    'says UNHEALTHY without a reason',
  ],
  [{ code: 'states', health: 'SETUP_FAILED', detail: 'no model' }, 'no model', 'no model'],
  [runner(describeExit(exit)), '退出码 1，运行了 0.3 秒', 'exit 1 after 0.3 s'],
  [
    runner(describeCrashLoop([exit, exit, exit, exit, killed])),
    '2 分钟内退出了 5 次，最后一次：退出码 137 (SIGKILL)，运行了 12.0 秒',
    '5 exits in 2 minutes, the last: exit 137 (SIGKILL) after 12.0 s',
  ],
  [
    runner(describeExit(overMemory)),
    '退出码 137：因内存超出上限被终止，上限 512 MB，运行了 12.0 秒',
    'exit 137: killed for memory, limit 512 MB after 12.0 s',
  ],
  [
    runner(describeExit(overProcesses)),
    '退出码 137：因进程数超出上限被终止，上限 64，运行了 12.0 秒',
    'exit 137: killed for its number of processes, limit 64 after 12.0 s',
  ],
  [runner('words of a later runner'), 'words of a later runner', 'words of a later runner'],
  [
    { code: 'not_ready', seconds: 60, last: notListening },
    '60 秒内没有就绪（没有监听 $PORT（18003），而是监听了 5000）',
    'not ready within 60 s (does not listen on $PORT (18003) but on 5000)',
  ],
  [
    { code: 'restarted', probes: 6, because: { code: 'answers', path: '/health', status: 500 } },
    '连续 6 次健康检查不正常，已重新启动（/health 返回 500）',
    'started again after 6 bad probes in a row (/health answers 500)',
  ],
])('%j is said in both languages', (reason, zh, en) => {
  expect(reasonWords(reason)).toEqual({ zh, en })
})
