import type { Finding } from '../../sources/finding.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { say } from '../recognition/plan.ts'

const shownAtMost = 10
/** Longer files are not read as code. The limit of `PackageView.readText`. */
export const codeAtMost = 1024 ** 2

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`

/** Warnings for files that are named like code but are too long to be it. */
export const longCodeFindings = (view: PackageView): Finding[] =>
  view.files
    .filter(
      ({ path, size }) =>
        size > codeAtMost &&
        /\.(py|[cm]?js)$/.test(path) &&
        !/\.min\.js$|(^|\/)(node_modules|dist|static|public|assets)\//.test(path),
    )
    .slice(0, shownAtMost)
    .map(({ path, size }) => ({
      code: 'preflight.code_too_long',
      path,
      text: say(
        `${path} 有 ${megabytes(size)}，超过 1 MiB 的代码文件不会读取`,
        `${path} has ${megabytes(size)}; code files of more than 1 MiB are not read`,
      ),
      follows: say('里面的类、应用和错误都看不到', 'No class, application or error in it is seen'),
      mend: say('把数据从代码里移到数据文件', 'Move the data out of the code into a data file'),
    }))
