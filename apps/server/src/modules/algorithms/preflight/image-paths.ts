import type { Finding } from '../../sources/finding.ts'
import { say } from '../recognition/plan.ts'
import type { PackageReading } from '../recognition/package-reading.ts'
import type { CodeFile } from './code-checker.ts'

/** How much of a line is read, in characters. A longer line is not replaced. */
const longestLine = 500
/** How many places a warning names. */
const namedAtMost = 5

/** The folder into which a Dockerfile copies the package, if that is certain: its last WORKDIR, and a copy of all to there. */
function folderOfImage(dockerfile: string): string | null {
  const folder = [
    ...dockerfile.matchAll(/^[ \t]*WORKDIR[ \t]+["']?(\/[\w./-]{1,200}?)\/?["']?[ \t]*$/gim),
  ].at(-1)?.[1]
  const isCopied = /^[ \t]*(?:COPY|ADD)[ \t]+(?:--\S+[ \t]+)*\.\/?[ \t]+(\S+)[ \t]*$/im.exec(dockerfile)?.[1]
  if (folder === undefined || isCopied === undefined) return null
  return ['.', './', folder, `${folder}/`].includes(isCopied) ? folder : null
}

type Named = { path: string; line: number; text: string; written: string; file: string }

/** The files below a folder that a line of code names as text, and that are not only its beginning. */
function namedIn({ path, text }: CodeFile, folder: string): Named[] {
  const start = `${folder}/`
  return text.split('\n').flatMap((line, at) => {
    if (line.length > longestLine || /^\s*#/.test(line)) return []
    return [...line.matchAll(/(?<![frFR])(["'])(\/[\w./ -]{1,200}\.\w{1,20})\1/g)].flatMap(
      ([, , written = '']) =>
        written.startsWith(start) && !written.includes('/../')
          ? [{ path, line: at + 1, text: line, written, file: written.slice(start.length) }]
          : [],
    )
  })
}

function findingOf(reading: PackageReading, folder: string, named: Named): Finding {
  const { path, line, text, written, file } = named
  const isThere = reading.has(file)
  const adds = { path, lines: [text.replaceAll(written, file)], replaces: text }
  return {
    code: 'preflight.image_path',
    path,
    line,
    text: say(
      `${path} 第 ${line} 行：${written} 是镜像里的路径（Dockerfile 的 WORKDIR 是 ${folder}）${isThere ? '' : `，包里也没有 ${file}`}`,
      `${path} line ${line}: ${written} is a path in its image (WORKDIR of its Dockerfile is ${folder})${isThere ? '' : `, and the package has no ${file}`}`,
    ),
    follows: say(
      '平台上包不在那个文件夹里，会找不到这个文件',
      'Here the package is in another folder, and the file is not found',
    ),
    mend: isThere
      ? say(
          `改成 ${file}：程序在包的根目录里运行`,
          `Write ${file}: the program runs at the top of the package`,
        )
      : say(
          `改成 ${file}，并把这个文件一起上传；如果它由包里的脚本生成，先运行那个脚本`,
          `Write ${file}, and upload the file as well; if a script of the package makes it, run that first`,
        ),
    ...(/\s#/.test(text) ? {} : { adds }),
  }
}

/**
 * Warnings for files that the code names where its container image has them: `/app/model.pkl`. `folder` is where the program
 * runs; only at the top of the package is it known what such a path becomes.
 */
export async function imagePaths(
  reading: PackageReading,
  folder: string,
  started: readonly CodeFile[],
): Promise<Finding[]> {
  const dockerfile = folder === '' ? await reading.readText('Dockerfile') : null
  const place = dockerfile === null ? null : folderOfImage(dockerfile)
  if (place === null) return []
  const named = started.flatMap((file) => namedIn(file, place))
  return named.slice(0, namedAtMost).map((one) => findingOf(reading, place, one))
}
