import type { Manifest } from '@vitrine/contract'
import type { Finding } from '../../sources/finding.ts'
import { joinPath } from '../recognition/python/find-module.ts'
import { say } from '../recognition/plan.ts'
import type { PackageReading } from '../recognition/package-reading.ts'

const exampleNames = ['.env.example', '.env.sample', '.env.template', '.env.dist']
/** Programs that read a file `.env`: Node itself, and libraries of Node and Python. */
const readsDotEnv = /--env-file[= ]|\bdotenv\b|\benvalid\b|\bConfig\(\s*["']\.env|\benv_file\b|\bdecouple\b/
/** The platform gives these, and a file must not say otherwise. */
const aboutListening = /^(?:export\s+)?(?:PORT|HOST)\s*=/
/** The most lines, and the longest line in characters, that an addition may have. */
const [linesAtMost, longestLine] = [50, 500]

/** Whether the package has what reads `.env`: in its start command, its `package.json`, or code that can start it. */
async function isRead(reading: PackageReading, manifest: Manifest, folder: string): Promise<boolean> {
  if (readsDotEnv.test(manifest.launch?.start ?? manifest.entry)) return true
  const { runtime } = manifest
  // A package may have a program of each kind, and only one of them is started.
  const project = runtime === 'python' ? null : await reading.readText(joinPath(folder, 'package.json'))
  if (readsDotEnv.test(project ?? '')) return true
  return runtime !== 'node' && (await reading.modulesWith(readsDotEnv)).length > 0
}

/**
 * A warning for a program that reads `.env`, where the package has only an example of it: its authors let people copy that,
 * and without it the program ends when it starts.
 */
export async function exampleSettings(reading: PackageReading, manifest: Manifest): Promise<Finding[]> {
  const folder = manifest.launch?.folder ?? ''
  const path = joinPath(folder, '.env')
  const example = exampleNames.map((name) => joinPath(folder, name)).find((one) => reading.has(one))
  if (example === undefined || reading.has(path) || !(await isRead(reading, manifest, folder))) return []
  const lines = ((await reading.readText(example)) ?? '')
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !aboutListening.test(line))
  const fits = lines.length <= linesAtMost && lines.every((line) => line.length <= longestLine)
  return lines.length === 0
    ? []
    : [
        {
          code: 'preflight.settings_example',
          path: example,
          text: say(
            `程序读 ${path}，包里只有样例 ${example}`,
            `The program reads ${path}, and the package has only the example ${example}`,
          ),
          follows: say(
            '缺少的变量可能让服务在启动时退出',
            'Variables that are missing may end the service when it starts',
          ),
          mend: say(
            `把 ${example} 的内容放进 ${path}，并检查每个值（样例里的密钥人人都知道）`,
            `Put what ${example} has into ${path}, and look at each value: everybody knows the secrets of an example`,
          ),
          ...(fits && { adds: { path, lines } }),
        },
      ]
}
