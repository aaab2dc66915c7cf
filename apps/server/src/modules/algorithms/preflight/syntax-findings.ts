import type { Finding } from '../../sources/finding.ts'
import { say } from '../recognition/plan.ts'
import type { CheckedFile, CodeFile } from './code-checker.ts'

const shownAtMost = 20

const isPython2 = ({ message }: { message: string }) =>
  /Missing parentheses in call to '(print|exec)'/.test(message)

const correct = say('改正这一行再上传', 'Correct this line and upload it again')
const convert = say(
  '这是 Python 2 的写法，平台运行 Python 3；用 2to3 转换，或改成 print(…)',
  'This is Python 2, and the platform runs Python 3. Convert it with 2to3, or write print(…)',
)

const bracket = say(
  'Python 3.14 起才能省略这里的括号，在 Python 2 里另有意思；写成 except (甲, 乙):，各个版本都认识',
  'Only Python 3.14 and later let the brackets be left out, and in Python 2 this means something else. Write except (A, B):, which every version understands',
)

const mendOf = (error: { message: string }) => {
  if (isPython2(error)) return convert
  return /multiple exception types must be parenthesized/.test(error.message) ? bracket : correct
}

const follows = {
  starts: say('服务无法启动', 'The service cannot start'),
  unrecognised: say(
    '平台读不懂这个文件，所以没有识别出里面的算法',
    'The file cannot be read, so no algorithm in it was recognised',
  ),
  unused: say('用到这个文件时会出错', 'What uses this file fails'),
}

/**
 * Findings for files that their parser does not understand.
 *
 * @param starts says whether a file is needed to start; null if nothing in the package was recognised, because then each of these files can be the cause
 */
export function syntaxFindings(
  checked: readonly CheckedFile[],
  starts: ((path: string) => boolean) | null,
): { problems: Finding[]; warnings: Finding[] } {
  const findings = checked.flatMap(({ path, error }): Finding[] => {
    if (error === null) return []
    const { line, message, text } = error
    const shown = text === '' ? { zh: '', en: '' } : { zh: `：${text}`, en: `: ${text}` }
    return [
      {
        code: 'preflight.syntax',
        path,
        line,
        text: say(
          `${path} 第 ${line} 行有语法错误（${message}）${shown.zh}`,
          `${path} line ${line} has a syntax error (${message})${shown.en}`,
        ),
        follows: starts === null ? follows.unrecognised : starts(path) ? follows.starts : follows.unused,
        mend: mendOf(error),
      },
    ]
  })
  const inUse = (finding: Finding) => starts === null || starts(finding.path ?? '')
  return {
    problems: findings.filter(inUse).slice(0, shownAtMost),
    warnings: findings.filter((finding) => !inUse(finding)).slice(0, shownAtMost),
  }
}

/** A warning if a parser did not read everything: its time was over, or it ended at a file. */
export function notReadFindings(files: readonly CodeFile[], checked: readonly CheckedFile[]): Finding[] {
  const first = files[checked.length]
  if (first === undefined) return []
  const left = files.length - checked.length
  return [
    {
      code: 'preflight.not_read',
      path: first.path,
      text: say(
        `检查停在 ${first.path}，它和后面共 ${left} 个文件没有检查`,
        `The check stopped at ${first.path}; ${left} file(s) from there on were not checked`,
      ),
      follows: say(
        '这些文件里的错误要到启动时才会出现',
        'Errors in these files appear only when they are used',
      ),
      mend: say('检查这个文件是否是代码，是否过长', 'See whether this file is code, and not too long'),
    },
  ]
}

/** A finding if a package has more code than is checked. */
export const tooManyFindings = (left: number): Finding[] =>
  left === 0
    ? []
    : [
        {
          code: 'preflight.not_all',
          text: say(
            `代码很多，离顶层最远的 ${left} 个文件没有检查语法`,
            `There is much code; the syntax of the ${left} file(s) farthest from the top was not checked`,
          ),
        },
      ]
