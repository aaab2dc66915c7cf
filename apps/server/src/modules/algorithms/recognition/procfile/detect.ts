import type { RuntimeKind } from '@vitrine/contract'
import { readStartScript } from '../launch/start-script.ts'
import { applyEdits } from '../launch/text-edit.ts'
import type { PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector } from '../plan.ts'
import { readRequirements } from '../python/requirements.ts'

function runtimeOf(reading: PackageReading): RuntimeKind {
  const isPython = ['requirements.txt', 'pyproject.toml', 'Pipfile', 'runtime.txt'].some((path) =>
    reading.has(path),
  )
  if (isPython) return 'python'
  return reading.has('package.json') ? 'node' : 'command'
}

/** Detects a `Procfile` with a process `web`: the author's own words for what is to be started. */
export const detectProcfile: Detector = async (reading) => {
  const text = await reading.readText('Procfile')
  const lines = (text ?? '').split(/\r?\n/)
  const at = lines.findIndex((line) => /^web:\s*\S/.test(line))
  const command = lines[at]?.replace(/^web:\s*/, '').trim()
  if (command === undefined) return []
  const runtime = runtimeOf(reading)
  const stated = runtime === 'python' ? await readRequirements(reading, '') : null
  const isGunicorn = /\bgunicorn\b/.test(command) && !/\s(-b|--bind)\b/.test(command)
  return [
    {
      ...planFor('command', runtime, command, [
        say(`Procfile 第 ${at + 1} 行：web 是 ${command}`, `Procfile line ${at + 1}: web is ${command}`),
      ]),
      launch: {
        folder: '',
        paths: runtime === 'python' ? [''] : [],
        requirements: stated?.file ?? null,
        install: stated?.lines ?? [],
        env: {
          ...(isGunicorn && { GUNICORN_CMD_ARGS: '"--bind $HOST:$PORT"' }),
          ...(runtime === 'node' && { PATH: '"$PWD/node_modules/.bin:$PATH"' }),
        },
        start: applyEdits(command, readStartScript('Procfile', command, new Set()).edits),
      },
    },
  ]
}
