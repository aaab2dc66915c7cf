import { expect, test } from 'vitest'
import type { ProcessEnd } from '../../adapters/process-runner/process-reason.ts'
import { reasonLines, reasonWords, startReasonWords, type HealthFinding, type Reason } from './reason.ts'

const endpoint = { host: '127.0.0.1', port: 18_003 }
const ran = { ranMs: 300 }
const ended = (reason: ProcessEnd, lines: string[] = []): Reason => ({ code: 'process', reason, lines })
const path = '/health'
const notListening: HealthFinding = { code: 'not_listening', endpoint, on: [5000] }
const starting: HealthFinding = { code: 'states', path, status: 503, health: 'STARTING', detail: null }
const notFound: HealthFinding = { code: 'answers', path, status: 404, isPage: true }
const notReady = (last: HealthFinding | null): Reason => ({ code: 'not_ready', seconds: 60, last })
const by = { pid: 812, command: 'python3 -m http.server 21003' }
const taken: HealthFinding = { code: 'port_taken', port: 21_003, by }

test.each<[Reason, string, string]>([
  [notListening, '没有监听 $PORT（18003），而是监听了 5000', 'does not listen on $PORT (18003) but on 5000'],
  [{ ...notListening, on: [] }, '没有监听 $PORT（18003）', 'does not listen on $PORT (18003)'],
  [
    { ...notListening, on: [18_003] },
    '监听了端口 18003，但不是在 127.0.0.1 上',
    'listens on port 18003, but not on 127.0.0.1',
  ],
  [
    { code: 'not_listening', endpoint: { socket: '/run/a.sock' }, on: [] },
    '没有监听平台给它的套接字',
    'does not listen on the socket that it was given',
  ],
  [
    taken,
    '端口 21003 被其他程序占用，正在换一个端口启动',
    'port 21003 is in use by another program; the instance is being started on another port',
  ],
  [{ ...notFound, status: 500 }, '/health 返回 500', '/health answers 500'],
  [{ ...notFound, isPage: false }, '/health 返回 404', '/health answers 404'],
  [{ code: 'silent', path, seconds: 5 }, '/health 在 5 秒内没有响应', '/health does not respond within 5 s'],
  [{ ...starting, health: 'UNHEALTHY' }, '/health 返回 503 UNHEALTHY', '/health answers 503 UNHEALTHY'],
  [
    { ...starting, health: 'SETUP_FAILED', detail: "No such file: '/data/model.pt'" },
    '初始化（setup）失败',
    'its setup failed',
  ],
  [
    { ...starting, health: 'SETUP_FAILED', detail: "ModuleNotFoundError: No module named 'torch'" },
    '初始化（setup）失败；找不到模块 torch：requirements.txt 里没有哪个包提供它，代码里也没有这个模块',
    'its setup failed; module torch is missing: no package in requirements.txt provides it, and the code has no such module',
  ],
  [ended({ code: 'exited', exitCode: 1, ...ran }), '退出码 1，运行了 0.3 秒', 'exit 1 after 0.3 s'],
  [
    ended({ code: 'exited', exitCode: 127, ...ran }),
    '退出码 127（找不到要运行的命令），运行了 0.3 秒',
    'exit 127 (the command to run was not found) after 0.3 s',
  ],
  [
    ended({ code: 'signalled', signal: 'SIGKILL', ...ran }),
    '被信号 SIGKILL 终止（被强制结束，常见原因是机器内存不足），运行了 0.3 秒',
    'ended by SIGKILL (it was killed, usually because of low memory) after 0.3 s',
  ],
  [
    ended({ code: 'spawn_failed', errno: 'EACCES' }),
    '无法启动：没有权限执行要运行的文件',
    'it could not be started: no permission to execute the file',
  ],
  [
    ended({ code: 'spawn_failed', errno: null, said: 'error setting rlimit type 7' }),
    '无法启动：Docker 回答“error setting rlimit type 7”',
    'it could not be started: Docker said “error setting rlimit type 7”',
  ],
  [
    ended({ code: 'removed_by_cluster', said: 'Evicted: low on memory', ...ran }),
    '集群移除了它的 Pod（Evicted: low on memory），运行了 0.3 秒',
    'the cluster removed its pod (Evicted: low on memory) after 0.3 s',
  ],
  [
    {
      code: 'process',
      reason: { code: 'refused_by_cluster', cause: 'unschedulable', said: '0/3 nodes are available' },
      lines: [],
    },
    '集群中没有节点能运行它。请降低它的内存、处理器或 GPU 数，或给集群增加节点。Kubernetes 回答“0/3 nodes are available”',
    'no node of the cluster can run it. Lower its memory, processor or number of GPUs, or add nodes to the cluster. Kubernetes said “0/3 nodes are available”',
  ],
  [
    ended({ code: 'spawn_failed', errno: 'no_image', said: 'No such image: a:1' }),
    '无法启动：Docker 中已经没有它的镜像。Docker 回答“No such image: a:1”',
    'it could not be started: Docker no longer has its image. Docker said “No such image: a:1”',
  ],
  [
    ended({ code: 'spawn_failed', errno: 'no_gpu_driver', said: 'could not select device driver' }),
    '无法启动：它要求 GPU，但这台机器的 Docker 用不了 GPU。请管理员安装显卡驱动和 NVIDIA Container Toolkit，或把它的 GPU 数改为 0。Docker 回答“could not select device driver”',
    'it could not be started: it asks for a GPU, but Docker on this machine cannot give one. An administrator can install the driver and the NVIDIA Container Toolkit, or its number of GPUs can be set to 0. Docker said “could not select device driver”',
  ],
  [
    {
      code: 'process',
      reason: {
        code: 'crash_loop',
        exits: 5,
        withinS: 120,
        last: { code: 'out_of_memory', limitMb: 512, ranMs: 12_000 },
      },
      lines: [],
    },
    '2 分钟内退出了 5 次，最后一次：内存超过上限 512 MB，被终止，运行了 12.0 秒',
    '5 exits in 2 minutes, the last: killed because it used more memory than its limit of 512 MB after 12.0 s',
  ],
  [
    ended({ code: 'too_many_processes', limit: 64, ...ran }),
    '进程数超过上限 64，被终止，运行了 0.3 秒',
    'killed because it had more processes than its limit of 64 after 0.3 s',
  ],
  [
    ended({ code: 'exited', exitCode: 1, ...ran }, ["ModuleNotFoundError: No module named 'cv2'"]),
    '退出码 1，运行了 0.3 秒；找不到模块 cv2：requirements.txt 里没有哪个包提供它，代码里也没有这个模块',
    'exit 1 after 0.3 s; module cv2 is missing: no package in requirements.txt provides it, and the code has no such module',
  ],
  [
    ended({ code: 'exited', exitCode: 1, ...ran }, ["ModuleNotFoundError: No module named 'cgi'"]),
    '退出码 1，运行了 0.3 秒；Python 从 3.13 起不再带有模块 cgi：导入它的代码或依赖太旧。请换用依赖的新版本，或让算法用更早的 Python',
    'exit 1 after 0.3 s; Python has no module cgi since 3.13: the code or the dependency that imports it is too old. Use a newer release of that dependency, or an older Python',
  ],
  [
    notReady(notListening),
    '60 秒内没有就绪：没有监听 $PORT（18003），而是监听了 5000；请监听环境变量 HOST 和 PORT 给出的地址和端口',
    'not ready within 60 s: does not listen on $PORT (18003) but on 5000; listen on the address and the port in $HOST and $PORT',
  ],
  [
    notReady({ ...notListening, on: [34845, 38653, 40165, 42407, 44217] }),
    '60 秒内没有就绪：没有监听 $PORT（18003），只有它内部用的 34845, 38653, 40165, 42407 …；请监听环境变量 PORT 给出的端口；如果启动确实需要更久，请在 algorithm.yaml 里调大 health.startup_timeout_s（现在是 60）',
    'not ready within 60 s: does not listen on $PORT (18003), only on 34845, 38653, 40165, 42407 … for its own parts; listen on the port in $PORT; if it needs more time to start, increase health.startup_timeout_s in algorithm.yaml (now 60)',
  ],
  [
    notReady(starting),
    '60 秒内没有就绪：/health 返回 503 STARTING；如果启动确实需要更久，请在 algorithm.yaml 里调大 health.startup_timeout_s（现在是 60）',
    'not ready within 60 s: /health answers 503 STARTING; if it needs more time to start, increase health.startup_timeout_s in algorithm.yaml (now 60)',
  ],
  [
    notReady({ code: 'not_accepting' }),
    '60 秒内没有就绪：还没有开始处理请求；如果启动确实需要更久，请在 algorithm.yaml 里调大 health.startup_timeout_s（现在是 60）',
    'not ready within 60 s: does not process requests yet; if it needs more time to start, increase health.startup_timeout_s in algorithm.yaml (now 60)',
  ],
  [
    notReady(notFound),
    '60 秒内没有就绪：/health 返回 404（一个网页）；请让这个路径返回 2xx，或在 algorithm.yaml 里把 health.path 改成能返回 2xx 的路径',
    'not ready within 60 s: /health answers 404 with a web page; let this path return 2xx, or set health.path in algorithm.yaml to a path that does',
  ],
  [
    notReady({ ...notFound, status: 503, isPage: false, said: 'warming up' }),
    '60 秒内没有就绪：/health 返回 503；如果启动确实需要更久，请在 algorithm.yaml 里调大 health.startup_timeout_s（现在是 60）；如果这个路径本来就不报告健康，请把 health.path 改成能返回 2xx 的路径',
    'not ready within 60 s: /health answers 503; if it needs more time to start, increase health.startup_timeout_s in algorithm.yaml (now 60); if this path never reports health, set health.path to one that returns 2xx',
  ],
  [
    notReady(taken),
    '60 秒内没有就绪：端口 21003 被其他程序占用，正在换一个端口启动',
    'not ready within 60 s: port 21003 is in use by another program; the instance is being started on another port',
  ],
  [
    { code: 'restarted', probes: 6, because: { code: 'answers', path, status: 500, isPage: false } },
    '健康检查连续失败 6 次，已重启（/health 返回 500）',
    'restarted after 6 failed health checks in a row (/health answers 500)',
  ],
])('%j is said in both languages', (reason, zh, en) => {
  expect(reasonWords(reason)).toEqual({ zh, en })
})

test('commands, the algorithm’s own words and log lines are kept out of the sentence', () => {
  const failed: HealthFinding = { ...starting, health: 'SETUP_FAILED', detail: 'Traceback\n/data/model.pt' }
  expect(reasonLines(taken)).toEqual(['python3 -m http.server 21003 (pid 812)'])
  expect(reasonLines({ ...taken, by: { uid: 1001 } })).toEqual(['uid 1001'])
  expect(reasonLines({ ...taken, by: null })).toEqual([])
  expect(reasonLines(failed)).toEqual(['Traceback', '/data/model.pt'])
  expect(reasonLines(notReady(failed))).toEqual(['Traceback', '/data/model.pt'])
  expect(reasonLines(ended({ code: 'ended_unseen', ...ran }, ['a line']))).toEqual(['a line'])
  expect(reasonLines({ code: 'gone' })).toEqual([])
  const said = { ...notFound, status: 503, said: 'warming up' }
  expect(reasonLines(notReady(said))).toEqual(['GET /health 503: warming up'])
  expect(reasonLines(notFound)).toEqual([])
})

test('only part of what an algorithm says about its health is passed on', () => {
  const [line] = reasonLines({ ...starting, detail: 'x'.repeat(10_000) })
  expect(line).toHaveLength(2_000)
})

test('an instance that ends at its start without a word is told so, and what to look for', () => {
  const silent = ended({ code: 'exited', exitCode: 1, ...ran })
  expect(startReasonWords(silent, [])).toEqual({
    zh: '退出码 1，运行了 0.3 秒；日志里什么也没有。请打开它的日志（例如 LOG_LEVEL），并检查它要的环境变量、文件和数据库',
    en: 'exit 1 after 0.3 s; its log is empty. Turn on its log (such as LOG_LEVEL), and look for a variable, a file or a database that it needs',
  })
  expect(startReasonWords(silent, ["No module named 'cv2'"]).en).toBe('exit 1 after 0.3 s')
  expect(startReasonWords(silent, ["ModuleNotFoundError: No module named 'cv2'"]).en).toContain(
    'cv2 is missing',
  )
  // Others ended it, so that its log tells nothing.
  const killed = ended({ code: 'out_of_memory', limitMb: 128, ...ran })
  expect(startReasonWords(killed, []).en).not.toContain('its log')
  expect(startReasonWords(notReady(null), []).en).not.toContain('its log')
})

test('a program that waits for a database and does not listen is told which one, by its connection or by its log', () => {
  const silent: HealthFinding = { ...notListening, on: [] }
  const hanging = notReady({ ...silent, awaits: { host: '10.0.0.9', port: 27_017 } })
  expect(startReasonWords(hanging, []).en).toMatch(
    /does not listen on .*; it cannot reach MongoDB \(port 27017\)/,
  )
  expect(reasonWords(hanging).en).not.toContain('10.0.0.9')
  expect(reasonLines(hanging)).toEqual(['connect 10.0.0.9:27017 …'])
  const retries = ['Error 111 connecting to cache:6379. Connection refused. Trying again in 5 s']
  expect(startReasonWords(notReady(silent), retries).en).toContain('it cannot reach Redis (port 6379)')
  expect(startReasonWords(notReady(silent), ['loading']).en).toContain('listen on the port in $PORT')
})
