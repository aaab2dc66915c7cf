import type { Manifest } from '@vitrine/contract'
import { readToml } from '../../requirements/toml.ts'
import type { Finding } from '../../sources/finding.ts'
import type { PackageReading } from '../recognition/package-reading.ts'
import { say } from '../recognition/plan.ts'
import { joinPath } from '../recognition/python/find-module.ts'
import { z } from 'zod'
import type { CodeFile } from './code-checker.ts'

/** More of a line is not read, in characters, and this many lines above one are looked at for `try:`. */
const [longestLine, linesAbove] = [500, 5]

const named = z.looseObject({ name: z.string() }).optional().catch(undefined)
const project = z.looseObject({
  project: named,
  tool: z.looseObject({ poetry: named }).optional().catch(undefined),
})

const reads = /\b(?:version|metadata|distribution|get_distribution)\(\s*["']([\w.-]{1,100})["']\s*\)/
const isAboutPackages = /\bimportlib[._]metadata\b|\bimportlib\s+import\s+metadata\b|\bpkg_resources\b/
const plain = (name: string) => name.toLowerCase().replaceAll(/[-_.]+/g, '-')

/** The name of the project in a folder, as its `pyproject.toml` has it. Null if it can be neither read nor installed. */
async function projectName(reading: PackageReading, folder: string): Promise<string | null> {
  const source = await reading.readText(joinPath(folder, 'pyproject.toml'))
  const toml = source === null ? null : readToml(source)
  const found = toml !== null && 'content' in toml ? project.safeParse(toml.content).data : undefined
  return found?.project?.name ?? found?.tool?.poetry?.name ?? null
}

/** A line of requirements that installs the folder itself: `.`, `-e .` or `.[web]`. */
const installsProject = (line: string) => /^(?:-e )?\.(?:\[[\w, -]{0,200}\])?$/.test(line)

const isTried = (lines: readonly string[], at: number) =>
  lines.slice(Math.max(0, at - linesAbove), at).some((line) => /^\s*try\s*:/.test(line))

function findingOf(path: string, line: number, name: string, into: string | null): Finding {
  return {
    code: 'preflight.own_metadata',
    path,
    line,
    text: say(
      `${path} 第 ${line} 行读 ${name} 的版本等信息，它就是这个项目，而项目自己没有被安装`,
      `${path} line ${line} reads the version of ${name}, which is this project, and the project itself is not installed`,
    ),
    follows: say('运行到那里就出错（PackageNotFoundError）', 'It fails there (PackageNotFoundError)'),
    mend: say(
      '在 requirements.txt 里加一行 .（一个点），项目就会被安装',
      'Add the line . (a dot) to requirements.txt, so that the project is installed',
    ),
    ...(into !== null && { adds: { path: into, lines: ['.'] } }),
  }
}

/**
 * A warning for a program that asks for the version of its own project: its dependencies are installed, and not the project
 * itself, unless a list of requirements names it.
 */
export async function ownMetadata(
  reading: PackageReading,
  { launch }: Manifest,
  started: readonly CodeFile[],
): Promise<Finding[]> {
  const folder = launch?.folder ?? ''
  const name = await projectName(reading, folder)
  if (name === null) return []
  const list = launch?.requirements ?? null
  const installs = (list === null ? null : await reading.readText(list)) ?? ''
  if (installs.split('\n').some((line) => installsProject(line.trim().slice(0, longestLine)))) return []
  for (const { path, text } of started) {
    if (!isAboutPackages.test(text)) continue
    const lines = text.split('\n')
    const at = lines.findIndex((line, index) => {
      const [, wanted] = reads.exec(line.slice(0, longestLine)) ?? []
      return wanted !== undefined && plain(wanted) === plain(name) && !isTried(lines, index)
    })
    const into = list ?? joinPath(folder, 'requirements.txt')
    if (at >= 0) return [findingOf(path, at + 1, name, into.endsWith('.txt') ? into : null)]
  }
  return []
}
