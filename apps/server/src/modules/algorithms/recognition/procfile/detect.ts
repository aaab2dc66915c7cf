import type { RuntimeKind } from '@vitrine/contract'
import type { Finding } from '../../../sources/finding.ts'
import { readStartScript } from '../launch/start-script.ts'
import { applyEdits } from '../launch/text-edit.ts'
import type { PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector } from '../plan.ts'
import { readRequirements } from '../python/requirements.ts'

function runtimeOf(reading: PackageReading): RuntimeKind {
  const isPython = ['requirements.txt', 'requirements', 'pyproject.toml', 'Pipfile', 'runtime.txt'].some(
    (path) => reading.has(path),
  )
  if (isPython) return 'python'
  return reading.has('package.json') ? 'node' : 'command'
}

/** A program below a folder of the package, such as `bin/serve`, which a build puts there on other platforms. */
const programIn = (command: string): string | null =>
  /^(?:exec\s+)?(?:\.\/)?([\w.-]+(?:\/[\w.-]+)+)(?=\s|$)/.exec(command)?.[1] ?? null

/** A program without a folder, which other platforms find on their path. */
const wordIn = (command: string): string | null => /^(?:exec\s+)?([\w.-]+)(?=\s|$)/.exec(command)?.[1] ?? null

/** The program that Go makes of a package: the one that the Procfile starts, by the name of the module or of a folder in `cmd`. */
async function programOfGo(reading: PackageReading, command: string): Promise<string | null> {
  const word = wordIn(command)
  const [, module] =
    /^module\s+(?:\S*\/)?([\w.-]+?)(?:\/v\d+)?\s*$/m.exec((await reading.readText('go.mod')) ?? '') ?? []
  return word !== null && (word === module || reading.has(`cmd/${word}/main.go`)) ? word : null
}

/** The archive of a Java program that a command runs, unless a variable is part of its name. */
const jarIn = (command: string): string | null =>
  /^(?:exec\s+)?java\s(?:.*\s)?-jar\s+(?:\.\/)?([\w.-]+(?:\/[\w.-]+)*\.jar)(?=\s|$)/.exec(command)?.[1] ??
  null

/** The file of a package by which another platform builds its program, and what builds it. */
const builders: readonly (readonly [file: string, builder: string])[] = [
  ['go.mod', 'Go'],
  ['mvnw', 'Maven (./mvnw package)'],
  ['pom.xml', 'Maven (mvn package)'],
  ['gradlew', 'Gradle (./gradlew build)'],
  ['build.gradle', 'Gradle (gradle build)'],
  ['build.gradle.kts', 'Gradle (gradle build)'],
]

/** A problem for a program that the package does not have. */
async function programMissing(reading: PackageReading, command: string, line: number): Promise<Finding[]> {
  const program = jarIn(command) ?? programIn(command) ?? (await programOfGo(reading, command))
  if (program === null || reading.has(program) || program.startsWith('node_modules/')) return []
  const builder = builders.find(([file]) => reading.has(file))?.[1]
  return [
    {
      code: 'launch.program_missing',
      path: 'Procfile',
      line,
      text: say(
        `Procfile 第 ${line} 行启动 ${program}，包里没有这个文件${builder === undefined ? '' : `，它要用 ${builder} 编译出来`}`,
        `Procfile line ${line} starts ${program}, which the package does not have${builder === undefined ? '' : `; it has to be compiled with ${builder}`}`,
      ),
      follows: say('平台不编译它，部署后启动不了', 'The platform does not compile it, so it cannot start'),
      mend: say(
        `在你的电脑上为 Linux 编译，把 ${program} 一起上传`,
        `Compile it for Linux on your computer, and upload ${program} as well`,
      ),
    },
  ]
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
  const word = wordIn(command)
  const isOwn = runtime === 'command' && word !== null && reading.has(word)
  const isGunicorn = /\bgunicorn\b/.test(command) && !/\s(-b|--bind)\b/.test(command)
  return [
    {
      ...planFor('command', runtime, command, [
        say(`Procfile 第 ${at + 1} 行：web 是 ${command}`, `Procfile line ${at + 1}: web is ${command}`),
      ]),
      problems: runtime === 'command' ? await programMissing(reading, command, at + 1) : [],
      launch: {
        folder: '',
        paths: runtime === 'python' ? [''] : [],
        requirements: stated?.file ?? null,
        install: stated?.lines ?? [],
        env: {
          ...(isGunicorn && { GUNICORN_CMD_ARGS: '"--bind $HOST:$PORT"' }),
          ...(isOwn && { PATH: '"$PWD:$PATH"' }),
          ...(runtime === 'node' && { PATH: '"$PWD/node_modules/.bin:$PATH"' }),
        },
        start: applyEdits(command, readStartScript('Procfile', command, new Set()).edits),
      },
    },
  ]
}
