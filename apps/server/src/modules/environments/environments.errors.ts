import { defineError } from '../../lib/errors.ts'

const tail = (lines: string[]) => (lines.length === 0 ? '' : `\n${lines.slice(-20).join('\n')}`)

export const environmentFailed = defineError<{ command: string; lines: string[] }>({
  code: 'deploy.environment_failed',
  redacted: { zh: '依赖安装失败', en: 'Installing the dependencies failed' },
  zh: ({ command, lines }) => `依赖安装失败（${command}）${tail(lines)}`,
  en: ({ command, lines }) => `Installing the dependencies failed (${command})${tail(lines)}`,
})

export const interpreterMissing = defineError<{ runtime: string; looked_for: string[] }>({
  code: 'deploy.interpreter_missing',
  redacted: {
    zh: '这台机器上没有算法需要的运行环境',
    en: 'This machine does not have the interpreter that the algorithm needs',
  },
  zh: ({ runtime, looked_for }) => `这台机器上没有可用的 ${runtime} 环境（找过：${looked_for.join('、')}）`,
  en: ({ runtime, looked_for }) =>
    `This machine has no usable ${runtime} (looked for: ${looked_for.join(', ')})`,
})

export const requirementsMissing = defineError<{ file: string; line: string }>({
  code: 'deploy.requirements_missing',
  redacted: {
    zh: '依赖文件引用了算法包里没有的文件',
    en: 'A requirements file includes a file that the package does not have',
  },
  zh: ({ file, line }) => `${file} 里写着 ${line}，但算法包里没有这个文件`,
  en: ({ file, line }) => `${file} says ${line}, but the package has no such file`,
})
