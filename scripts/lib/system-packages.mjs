import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.mjs'
import { words } from './words.mjs'

/**
 * A program, a Python `module` or a `file` outside npm that improves the platform.
 * @typedef {{ packages: string[], program?: string, module?: string, file?: string, cost: () => string }} Need
 */

/** @type {readonly Need[]} */
export const startNeeds = [
  {
    packages: ['supervisor'],
    program: 'supervisord',
    cost: () =>
      words(
        '由内置的本地运行器代管算法进程；控制面停止期间，崩溃的服务不会自动重启',
        'the local runner keeps the services instead; while the control plane is down, nobody restarts one that crashed',
      ),
  },
  {
    packages: ['bubblewrap'],
    program: 'bwrap',
    cost: () =>
      words(
        '算法不在沙箱中运行，能看到本机其他进程和所有可读的文件',
        'algorithms run without a sandbox, and see the other processes and all readable files of this machine',
      ),
  },
  {
    packages: ['git'],
    program: 'git',
    cost: () => words('无法上传、版本化或部署算法', 'no algorithm can be uploaded, versioned or deployed'),
  },
  {
    packages: ['python3'],
    program: 'python3',
    cost: () => words('Python 算法无法部署', 'algorithms in Python cannot be deployed'),
  },
  {
    packages: ['python3-venv'],
    module: 'ensurepip',
    cost: () => words('无法创建 Python 环境', 'Python environments cannot be made'),
  },
  {
    packages: ['python3-pip'],
    module: 'pip',
    cost: () => words('无法安装 Python 依赖', "algorithms' Python packages cannot be installed"),
  },
  ...['fastapi', 'uvicorn', 'jsonschema', 'numpy', 'uvloop', 'httptools'].map((name) => ({
    packages: [`python3-${name}`],
    module: name,
    cost: () =>
      words(
        '部署时需要从 Python 软件源下载',
        'deployments that need it download it from the Python package index',
      ),
  })),
  {
    packages: ['ffmpeg'],
    program: 'ffmpeg',
    cost: () =>
      words(
        '无法处理音视频，示例 speech-to-text 无法部署',
        'sound and video cannot be worked on; the example speech-to-text cannot be deployed',
      ),
  },
  {
    // The system's own nginx, which would take port 80, is not started; see `installPackages`.
    packages: ['nginx', 'libnginx-mod-http-js'],
    file: '/usr/lib/nginx/modules/ngx_http_js_module.so',
    cost: () =>
      words(
        '网关由内置实现代替 nginx，只用一个处理器核',
        'the embedded gateway serves instead of nginx, on one core of the processor',
      ),
  },
  {
    packages: ['libnginx-mod-http-lua', 'lua-cjson'],
    file: '/usr/lib/nginx/modules/ngx_http_lua_module.so',
    cost: () =>
      words(
        'nginx 网关改用 njs 处理每个请求，吞吐量约为一半',
        'the nginx gateway decides about requests in njs, at about half the rate',
      ),
  },
]

/**
 * Packages that some of the examples need. They are large, so they are installed when the platform already
 * answers.
 * @type {readonly Need[]}
 */
export const exampleNeeds = [
  {
    packages: ['pocketsphinx', 'pocketsphinx-en-us'],
    program: 'pocketsphinx_continuous',
    cost: () => words('示例 speech-to-text 无法部署', 'the example speech-to-text cannot be deployed'),
  },
  {
    packages: ['python3-opencv'],
    module: 'cv2',
    cost: () => words('示例 people-tracking 无法部署', 'the example people-tracking cannot be deployed'),
  },
  {
    packages: ['opencv-doc'],
    file: '/usr/share/doc/opencv-doc/examples/data/vtest.avi',
    cost: () =>
      words(
        '示例 people-tracking 没有真实街景视频可用',
        'the example people-tracking has no real video of a street to show',
      ),
  },
]

/** What the tests need in addition. @type {readonly Need[]} */
export const testNeeds = [
  {
    packages: ['curl'],
    program: 'curl',
    cost: () =>
      words(
        '跳过浏览器中的主流程测试',
        'the test of the main job in a browser, which calls by curl, is skipped',
      ),
  },
  {
    packages: ['chromium-headless-shell', 'fonts-noto-cjk'],
    program: 'chromium-headless-shell',
    cost: () => words('跳过浏览器中的端到端测试', 'the tests in a real browser are skipped'),
  },
  {
    packages: ['git-lfs'],
    program: 'git-lfs',
    cost: () => words('跳过 Git LFS 客户端测试', 'the tests with the client of Git LFS are skipped'),
  },
  {
    packages: ['redis-server'],
    program: 'redis-server',
    cost: () => words('跳过 Redis 缓存测试', 'the tests of the Redis cache are skipped'),
  },
  {
    packages: ['swift-proxy', 'swift-account', 'swift-container', 'swift-object', 'memcached'],
    program: 'swift-proxy-server',
    cost: () => words('跳过 S3 存储测试', 'the tests of S3 storage are skipped'),
  },
  {
    // Its daemon, which would change the machine's firewall, is not started; see `installPackages`.
    packages: ['docker.io'],
    program: 'dockerd',
    cost: () => words('跳过 Docker 容器测试', 'the tests with Docker containers are skipped'),
  },
  {
    packages: ['docker-cli', 'docker-compose', 'tini'],
    file: '/usr/libexec/docker/cli-plugins/docker-compose',
    cost: () =>
      words('跳过在容器里运行平台的测试', 'the test of the platform as a container of its own is skipped'),
  },
  {
    packages: ['docker-registry'],
    program: 'docker-registry',
    cost: () => words('跳过镜像仓库测试', 'the tests with a registry of images are skipped'),
  },
]

/** What the benchmarks need in addition. @type {readonly Need[]} */
export const benchNeeds = [
  {
    packages: ['wrk'],
    program: 'wrk',
    cost: () => words('无法测量网关吞吐量', "the gateway's throughput cannot be measured"),
  },
]

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Whether a program is on the path, or in Debian's folders for administrators. @param {string} name */
export function hasProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin', '/usr/sbin']
  return folders.filter(Boolean).some((folder) => isExecutable(join(folder, name)))
}

/** Returns those modules that the Python of deployments does not have. @param {readonly string[]} modules */
async function missingModules(modules) {
  const system = '/usr/bin/python3'
  const python = process.env.VITRINE_PYTHON || (isExecutable(system) ? system : 'python3')
  const script =
    'import importlib.util, sys; print("\\n".join(m for m in sys.argv[1:] if importlib.util.find_spec(m) is None))'
  const { code, lines } = await run(python, ['-c', script, ...modules])
  return code === 0 ? lines.filter(Boolean) : modules
}

/**
 * Returns the needs that this machine does not meet.
 * @param {readonly Need[]} needs @returns {Promise<Need[]>}
 */
export async function missingNeeds(needs) {
  const modules = needs.flatMap((need) => need.module ?? [])
  const lacking = modules.length > 0 ? await missingModules(modules) : []
  return needs.filter((need) => {
    if (need.program) return !hasProgram(need.program)
    if (need.file) return !existsSync(need.file)
    return need.module !== undefined && lacking.includes(need.module)
  })
}

/**
 * Returns a line for each consequence of missing needs: what is missing, what that costs, and how to get it.
 * @param {readonly Need[]} needs
 */
export function needLines(needs) {
  const isDebian = hasProgram('apt-get')
  const costs = [...new Set(needs.map((need) => need.cost()))]
  return costs.map((cost) => {
    const same = needs.filter((need) => need.cost() === cost)
    const names = same.flatMap((need) => need.packages).join(' ')
    const how = isDebian
      ? `sudo apt-get install ${names}`
      : words('用系统的包管理器安装', "install with the system's package manager")
    const what = same.map((need) => need.program ?? need.file ?? `Python ${need.module}`).join(', ')
    return words(`缺少 ${what}：${cost}（${how}）`, `missing ${what}: ${cost} (${how})`)
  })
}
