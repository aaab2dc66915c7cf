import type { ManifestSource, RuntimeKind } from '@vitrine/contract'
import type { PackageView } from '../../sources/package-view.ts'
import { detectCogPackage } from './cog-package.ts'
import { detectFastApiApp } from './fastapi-app.ts'
import { found, say, type Finding } from './finding.ts'
import { statedNodeModule } from './node-package.ts'
import { statedPythonClass } from './python-class.ts'

const runtimeOfEntry = (entry: string): RuntimeKind =>
  /^[^\s]+\.py(:\S+)?$/.test(entry) ? 'python' : /^[^\s]+\.[cm]?js$/.test(entry) ? 'node' : 'command'

async function pythonEntry(view: PackageView, stated: ManifestSource, entry: string): Promise<Finding> {
  const full = entry.includes(':') ? entry : `${entry}:Algorithm`
  for (const detect of [detectCogPackage, detectFastApiApp]) {
    const finding = await detect(view, stated)
    if (finding?.entry === full) return finding
  }
  return statedPythonClass(view, full)
}

const commandWithoutEntry: Finding = {
  ...found('command', 'command', '', [
    say('algorithm.yaml 写明 runtime: command', 'algorithm.yaml specifies runtime: command'),
  ]),
  problems: [
    {
      code: 'manifest.entry_missing',
      path: 'algorithm.yaml',
      text: say(
        'runtime: command 还要写 entry：启动服务的命令行，服务监听 $PORT',
        'runtime: command also needs entry: the command line of a server that listens on $PORT',
      ),
    },
  ],
}

const dockerRefused = (entry: string): Finding => ({
  ...found('command', 'docker', entry, [
    say('algorithm.yaml 写明 runtime: docker', 'algorithm.yaml specifies runtime: docker'),
  ]),
  problems: [
    {
      code: 'manifest.runtime_unsupported',
      path: 'algorithm.yaml',
      text: say(
        '这台平台没有 Docker 运行方式，请用 python、node 或 command',
        'This platform does not run docker packages; use python, node or command',
      ),
    },
  ],
})

/** The form that `algorithm.yaml` itself states. Null if it does not state one. */
export async function detectStatedEntry(view: PackageView, stated: ManifestSource): Promise<Finding | null> {
  const { entry } = stated
  const runtime = stated.runtime ?? (entry === undefined ? undefined : runtimeOfEntry(entry))
  if (runtime === 'docker') return dockerRefused(entry ?? '')
  if (runtime === 'command' && entry === undefined) return commandWithoutEntry
  if (entry === undefined) return null
  if (runtime === 'python') return pythonEntry(view, stated, entry)
  if (runtime === 'node') return statedNodeModule(view, entry)
  return found('command', 'command', entry, [
    say(`algorithm.yaml 指定了启动命令 ${entry}`, `algorithm.yaml specifies the command ${entry}`),
  ])
}
