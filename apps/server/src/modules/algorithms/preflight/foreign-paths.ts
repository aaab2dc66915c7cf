import { posix } from 'node:path'
import type { Finding } from '../../sources/finding.ts'
import type { PackageReading } from '../recognition/package-reading.ts'
import { say } from '../recognition/plan.ts'
import type { CodeFile } from './code-checker.ts'

/** How much of a line is read, in characters. A longer line is not replaced. */
const longestLine = 500
/** How many places a warning names. */
const namedAtMost = 5

/** A file as its author's computer or notebook has it: below a drive of Windows, a home folder, or a folder of Colab or Kaggle. */
const foreign =
  /(?<![\w\\])([rRbBuU]?)(["'])((?:[A-Za-z]:[\\/]{1,2}|\/(?:home|Users)\/[^/"'\n]{1,100}\/|\/(?:content|kaggle)\/)[^"'\n]{1,300}\.\w{1,10})\2/g

type Named = { path: string; line: number; text: string; literal: string; written: string }

const namedIn = ({ path, text }: CodeFile): Named[] =>
  text.split('\n').flatMap((line, at) =>
    line.length > longestLine || /^\s*#/.test(line)
      ? []
      : [...line.matchAll(foreign)].map(([literal, , , written = '']) => ({
          path,
          line: at + 1,
          text: line,
          literal,
          written,
        })),
  )

function findingOf(named: Named, files: readonly string[], folder: string): Finding {
  const { path, line, text, literal, written } = named
  const name = written.split(/[\\/]/).at(-1) ?? ''
  const [own, ...more] = files.filter((file) => posix.basename(file) === name)
  const known = own !== undefined && more.length === 0 ? posix.relative(folder, own) : null
  const adds = known !== null && {
    path,
    lines: [text.replace(literal, () => JSON.stringify(known))],
    replaces: text,
  }
  return {
    code: 'preflight.foreign_path',
    path,
    line,
    text: say(
      `${path} 第 ${line} 行：${written} 是另一台电脑上的路径`,
      `${path} line ${line}: ${written} is a path of another computer`,
    ),
    follows: say('平台上没有这个文件，读它的时候会出错', 'There is no such file here, and reading it fails'),
    mend:
      known === null
        ? say(
            `把 ${name} 一起上传，并在这里写它在包里的路径`,
            `Upload ${name} as well, and write its path in the package here`,
          )
        : say(`改成 ${known}：包里有这个文件`, `Write ${known}: the package has this file`),
    ...(adds && !/\s#/.test(text) && { adds }),
  }
}

/** Warnings for files that the code names where only the computer of its author has them. `folder` is where the program runs. */
export function foreignPaths(
  reading: PackageReading,
  folder: string,
  started: readonly CodeFile[],
): Finding[] {
  const files = reading.files.map(({ path }) => path)
  return started
    .flatMap(namedIn)
    .slice(0, namedAtMost)
    .map((named) => findingOf(named, files, folder))
}
