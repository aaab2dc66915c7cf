import { defineError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'

const tail = (lines: string[]) => (lines.length === 0 ? '' : `\n${lines.slice(-20).join('\n')}`)

/**
 * A command that failed, with its last lines. `may_pass`: the cause may be gone at the next attempt, because it is in the
 * machine or its network, or not known.
 */
type FailedCommand = { command: string; cause: Words | null; may_pass: boolean; lines: string[] }

export const environmentFailed = defineError<FailedCommand>({
  code: 'deploy.environment_failed',
  redacted: { zh: '依赖安装失败', en: 'Installing the dependencies failed' },
  zh: ({ command, cause, lines }) =>
    `依赖安装失败（${command}）${cause === null ? '' : `：${cause.zh}`}${tail(lines)}`,
  en: ({ command, cause, lines }) =>
    `Installing the dependencies failed (${command})${cause === null ? '' : `: ${cause.en}`}${tail(lines)}`,
})

/** The build of a package itself failed. */
export const buildFailed = defineError<FailedCommand>({
  code: 'deploy.build_failed',
  redacted: { zh: '构建失败', en: 'The build failed' },
  zh: ({ command, cause, lines }) =>
    `构建失败（${command}）${cause === null ? '' : `：${cause.zh}`}${tail(lines)}`,
  en: ({ command, cause, lines }) =>
    `The build failed (${command})${cause === null ? '' : `: ${cause.en}`}${tail(lines)}`,
})

export const buildMisplaced = defineError<{ path: string }>({
  code: 'deploy.build_misplaced',
  zh: ({ path }) =>
    `构建产生了 ${path}，但发布里同名的上级是一个文件，不是文件夹。请让构建写到别处，或改掉这个文件的名字`,
  en: ({ path }) =>
    `The build makes ${path}, but a folder above it is a file in the release. Let the build write elsewhere, or rename that file`,
})

export const buildTooLarge = defineError<{ limit: number }>({
  code: 'deploy.build_too_large',
  zh: ({ limit }) => `构建产生的文件超过 ${limit} 个。请让它只写服务需要的文件`,
  en: ({ limit }) => `The build makes more than ${limit} files. Let it write only what the service needs`,
})

/** `may_pass`: the machine must change, not the package. */
export const interpreterMissing = defineError<{ runtime: string; looked_for: string[]; may_pass: true }>({
  code: 'deploy.interpreter_missing',
  redacted: {
    zh: '这台机器上没有算法需要的运行环境',
    en: 'This machine does not have the interpreter that the algorithm needs',
  },
  zh: ({ runtime, looked_for }) => `这台机器上没有可用的 ${runtime} 环境（找过：${looked_for.join('、')}）`,
  en: ({ runtime, looked_for }) =>
    `This machine has no usable ${runtime} (looked for: ${looked_for.join(', ')})`,
})

/** `may_pass`: the machine must change, or what the package asks for. */
export const pythonMissing = defineError<{ wanted: string; has: string[]; may_pass: true }>({
  code: 'deploy.python_missing',
  redacted: {
    zh: '这台机器上没有算法需要的 Python 版本',
    en: 'This machine does not have the version of Python that the algorithm needs',
  },
  zh: ({ wanted, has }) =>
    `算法需要 Python ${wanted}，这台机器上可用的有 ${has.join('、')}。请管理员安装，或在 algorithm.yaml 里用 python 写明其中一个`,
  en: ({ wanted, has }) =>
    `The algorithm needs Python ${wanted}; usable on this machine: ${has.join(', ')}. Ask the administrator to install it, or name one of these with python in algorithm.yaml`,
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

export const requirementsForeign = defineError<{ file: string; line: string }>({
  code: 'deploy.requirements_foreign',
  redacted: {
    zh: '依赖文件里有另一台机器上的路径',
    en: 'A requirements file names a path of another machine',
  },
  zh: ({ file, line }) =>
    `${file} 里写着 ${line}，这是另一台机器上的路径。请把文件放进算法包，或只写名称和版本（pip list --format=freeze）`,
  en: ({ file, line }) =>
    `${file} says ${line}, which is a path of another machine. Put the file into the package, or write only name and version (pip list --format=freeze)`,
})

export const packageFileInvalid = defineError<{ reason: string }>({
  code: 'deploy.package_file_invalid',
  redacted: { zh: 'package.json 无法解析', en: 'package.json cannot be read' },
  zh: ({ reason }) => `package.json 无法解析：${reason}`,
  en: ({ reason }) => `package.json cannot be read: ${reason}`,
})

export const dependencyMissing = defineError<{ name: string; version: string }>({
  code: 'deploy.dependency_missing',
  redacted: {
    zh: 'package.json 依赖算法包里没有的文件',
    en: 'package.json depends on files that the package does not have',
  },
  zh: ({ name, version }) => `package.json 里 ${name} 写着 ${version}，但算法包里没有它`,
  en: ({ name, version }) => `package.json says ${version} for ${name}, but the package does not have it`,
})
