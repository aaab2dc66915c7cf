import { defineError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'

const tail = (lines: string[]) => (lines.length === 0 ? '' : `\n${lines.slice(-20).join('\n')}`)

/** A step of a build that failed, with the last lines that it printed. `step` is null before the first one. */
export const imageFailed = defineError<{
  step: string | null
  cause: Words | null
  may_pass: boolean
  lines: string[]
}>({
  code: 'deploy.image_failed',
  redacted: { zh: '镜像构建失败', en: 'Building the image failed' },
  zh: ({ step, cause, lines }) =>
    `镜像构建失败${step === null ? '' : `（${step}）`}${cause === null ? '' : `：${cause.zh}`}${tail(lines)}`,
  en: ({ step, cause, lines }) =>
    `Building the image failed${step === null ? '' : ` (${step})`}${cause === null ? '' : `: ${cause.en}`}${tail(lines)}`,
})

/** An image that was made but could not be sent to the registry. `said` is what registry or daemon said of it. */
export const imageNotPublished = defineError<{ name: string; cause: Words; said: string; may_pass: boolean }>(
  {
    code: 'deploy.image_not_published',
    redacted: { zh: '镜像没能推送到镜像仓库', en: 'The image could not be pushed to its registry' },
    zh: ({ name, cause, said }) => `镜像没能推送到 ${name}：${cause.zh}${said === '' ? '' : `。${said}`}`,
    en: ({ name, cause, said }) =>
      `The image could not be pushed to ${name}: ${cause.en}${said === '' ? '' : `. ${said}`}`,
  },
)

export const dockerfileRefused = defineError<{ line: number; text: string; why: Words }>({
  code: 'deploy.dockerfile_refused',
  redacted: {
    zh: '算法包的 Dockerfile 要求了平台不给的权限',
    en: 'The Dockerfile of the package asks for more than the platform gives',
  },
  zh: ({ line, text, why }) => `Dockerfile 第 ${line} 行不能构建：${why.zh}。${text}`,
  en: ({ line, text, why }) => `Line ${line} of the Dockerfile is not built: ${why.en}. ${text}`,
})

export const dockerfileWithoutCommand = defineError({
  code: 'deploy.dockerfile_without_command',
  zh: () => 'Dockerfile 没有写启动命令。请加上 CMD 或 ENTRYPOINT，它启动的程序要监听 $PORT',
  en: () => 'The Dockerfile states no command. Add CMD or ENTRYPOINT, with a program that listens on $PORT',
})

export const systemPackageInvalid = defineError<{ name: string }>({
  code: 'deploy.system_package_invalid',
  zh: ({ name }) => `${name} 不是 Debian 软件包的名字。请改掉 system_packages 里的这一项`,
  en: ({ name }) => `${name} is no name of a package of Debian. Change this entry of system_packages`,
})

/** A package that is only an image cannot run without a container. */
export const containerNeeded = defineError<{ field: 'mode'; mode: string }>({
  code: 'deploy.container_needed',
  zh: ({ mode }) => `这个算法包由它的 Dockerfile 启动，不能用 ${mode} 运行。请选择 docker`,
  en: ({ mode }) => `This package is started by its Dockerfile, so it cannot run with ${mode}. Choose docker`,
})

/** A cluster fetches images from a registry, and none is set. */
export const registryNeeded = defineError<{ field: 'mode' }>({
  code: 'deploy.registry_needed',
  zh: () =>
    '在 Kubernetes 中运行需要镜像仓库，节点从那里取镜像。请管理员在配置中心设置 containers.registry，或选择别的运行方式',
  en: () =>
    'Kubernetes needs a registry, from which its nodes pull images. An administrator can set containers.registry in the configuration, or choose another runner',
})

/** The files of models are on this machine, and the nodes of a cluster are other machines. */
export const clusterWithoutModels = defineError<{ field: 'mode' }>({
  code: 'deploy.cluster_without_models',
  zh: () =>
    '这个算法包使用平台的模型文件，它们在平台的机器上，Kubernetes 的节点读不到。请选择别的运行方式，或把模型放进镜像',
  en: () =>
    'This package uses model files of the platform, which the nodes of Kubernetes cannot read. Choose another runner, or put the model into the image',
})
