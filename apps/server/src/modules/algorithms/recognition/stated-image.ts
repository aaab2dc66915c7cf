import type { ManifestSource } from '@vitrine/contract'
import { shellWord } from '../../../lib/shell-word.ts'
import type { Finding } from '../../sources/finding.ts'
import { say } from './plan.ts'

/** What the platform itself sets. */
const ownNames =
  /^(PATH|HOST|PORT|HOME|TMPDIR|LD_\w+|PYTHON(PATH|HOME|PYCACHEPREFIX)|NODE_OPTIONS|VITRINE_\w+)$/

/**
 * Variables of a process, `NAME=value` each, as words of a shell. `left` are those that the platform itself sets, and words
 * that are no variables.
 */
export function statedEnvironment(lines: readonly string[]): { env: Record<string, string>; left: string[] } {
  const env: Record<string, string> = {}
  const left: string[] = []
  for (const line of lines) {
    const [, name = '', value = ''] = /^([A-Za-z_]\w*)=([^\0]*)$/.exec(line) ?? []
    if (name === '' || ownNames.test(name)) left.push(`environment ${line.split('=')[0] ?? ''}`)
    else env[name] = shellWord(value)
  }
  return { env, left }
}

const shownAtMost = 12

/**
 * What only an image has, by the names of the keys that state it. `file` is the file with these keys, and `packages` the key
 * there that states packages of Python.
 */
export const imageFindings = (
  { file, packages }: { file: string; packages: string },
  needsImage: Readonly<Record<string, readonly string[]>>,
): Finding[] =>
  Object.entries(needsImage).flatMap(([key, values]) => {
    if (values.length === 0) return []
    const shown = values.slice(0, shownAtMost).map((value) => value.slice(0, 200))
    return [
      {
        code: 'container.needed',
        path: file,
        text: say(
          `${file} 的 ${key} 需要容器：${shown.join('；')}`,
          `${key} of ${file} needs a container: ${shown.join('; ')}`,
        ),
        follows: say(
          '这台平台没有连接 Docker，这些不会安装或执行；用到它们的代码会失败，除非这台机器上已经有',
          'This platform has no Docker, so this is neither installed nor run; code that needs it fails, unless this machine has it',
        ),
        mend: say(
          `请管理员装在这台机器上；Python 的软件包写进 ${packages}`,
          `Ask the administrator to install it on this machine; put Python packages into ${packages}`,
        ),
      },
    ]
  })

/** Findings on what only an image has of `algorithm.yaml`, at `path`. */
export const manifestImageFindings = (path: string, { system_packages = [] }: ManifestSource): Finding[] =>
  imageFindings({ file: path, packages: 'requirements.txt' }, { system_packages })

/** What else a file states that is not followed, by name. */
export const notFollowedFindings = (code: string, file: string, left: readonly string[]): Finding[] =>
  left.slice(0, shownAtMost).map((name) => ({
    code,
    path: file,
    text: say(`${file} 的 ${name} 没有采用`, `${name} of ${file} is not followed`),
  }))

/** The code of the finding that a package wants a GPU. It is left out where the machine has one. */
export const gpuCode = 'gpu.missing'

/** That a file asks for a GPU, on a machine without one. `cuda` is the version that it asks for. Pure. */
export function gpuFinding(file: string, cuda: string | null): Finding {
  const [zh, en] = cuda === null ? ['', ''] : [`（CUDA ${cuda}）`, ` (CUDA ${cuda})`]
  return {
    code: gpuCode,
    path: file,
    text: say(
      `${file} 写着需要 GPU${zh}，这台机器没有`,
      `${file} asks for a GPU${en}, and this machine has none`,
    ),
    follows: say(
      '它会用 CPU 运行，慢得多；代码里写死 cuda 的地方（如 .to("cuda")、.cuda()）会失败',
      'It runs on the CPU, much slower; code that names cuda without a question (.to("cuda"), .cuda()) fails',
    ),
    mend: say(
      '在代码里按 torch.cuda.is_available() 选 cuda 或 cpu，或部署到有 GPU 的机器上',
      'Choose cuda or cpu in the code by torch.cuda.is_available(), or deploy it on a machine with a GPU',
    ),
  }
}
