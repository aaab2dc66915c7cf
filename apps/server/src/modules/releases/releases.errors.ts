import { defineError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import type { TaskFailure } from '../tasks/task-progress.ts'
import { z } from 'zod'

const tail = (lines: string[]) => (lines.length === 0 ? '' : `\n${lines.slice(-20).join('\n')}`)

const verificationCode = 'deploy.verification_failed'
const verificationDetails = z.object({
  reason: z.object({ zh: z.string(), en: z.string() }),
  lines: z.array(z.string()),
})

/** Why a start was not verified, with the lines that show it; null if this is another error. */
export function verificationReason({ code, details }: Partial<TaskFailure>): Words | null {
  const { data } = verificationDetails.safeParse(code === verificationCode ? details : null)
  return data
    ? { zh: `${data.reason.zh}${tail(data.lines)}`, en: `${data.reason.en}${tail(data.lines)}` }
    : null
}

export const verificationFailed = defineError<{ reason: Words; lines: string[] }>({
  code: verificationCode,
  redacted: { zh: '服务没有通过启动验证', en: 'The service failed its start verification' },
  zh: ({ reason, lines }) => `服务启动验证失败：${reason.zh}${tail(lines)}`,
  en: ({ reason, lines }) => `The service failed its start verification: ${reason.en}${tail(lines)}`,
})

export const goldenFailed = defineError<{ example: Words; path: string; expected: string; got: string }>({
  code: 'deploy.golden_failed',
  redacted: { zh: '示例的结果与预期不符', en: 'The result of an example is not as expected' },
  zh: ({ example, path, expected, got }) =>
    `示例“${example.zh}”的结果与预期不符：${path} 应为 ${expected}，实际为 ${got}`,
  en: ({ example, path, expected, got }) =>
    `The result of example “${example.en}” is not as expected: ${path} should be ${expected} but is ${got}`,
})

export const exampleMediaRefused = defineError<{ example: Words; asset_id: string }>({
  code: 'deploy.example_media',
  zh: ({ example, asset_id }) =>
    `示例“${example.zh}”引用了素材 ${asset_id}，但它不存在、不属于算法的所有者，或者所有者还没有展示过它。请把文件放进代码包，或由所有者部署这个版本`,
  en: ({ example, asset_id }) =>
    `Example “${example.en}” names the media file ${asset_id}, which does not exist, does not belong to the owner of the algorithm, or was not shown by them yet. Put the file into the package, or let the owner deploy this version`,
})

/** `release` is null if the service has never had a release that served. */
export const releaseNotFound = defineError<{ service_id: string; release: number | null }>({
  code: 'release.not_found',
  zh: ({ service_id, release }) =>
    release === null
      ? `服务 ${service_id} 还没有可用的版本：须先部署成功`
      : `服务 ${service_id} 没有版本 #${release}`,
  en: ({ service_id, release }) =>
    release === null
      ? `Service ${service_id} has no release yet: it must be deployed successfully first`
      : `Service ${service_id} has no release #${release}`,
})

export const environmentNotRecorded = defineError<{ service_id: string; release: number }>({
  code: 'release.environment_not_recorded',
  zh: ({ service_id, release }) =>
    `没有记录服务 ${service_id} 的版本 #${release} 安装了什么：它不需要安装，或安装它的工具没有列出来`,
  en: ({ service_id, release }) =>
    `What was installed for release #${release} of service ${service_id} was not recorded: it needs nothing, or the program that installed it did not list it`,
})

export const releaseNeverServed = defineError<{ service_id: string; release: number }>({
  code: 'release.never_served',
  zh: ({ release }) => `版本 #${release} 没有部署成功过，不能回滚到它`,
  en: ({ release }) => `Release #${release} was never deployed successfully, so you cannot roll back to it`,
})

export const releaseAlreadyActive = defineError<{ service_id: string; release: number }>({
  code: 'release.already_active',
  zh: ({ release }) => `版本 #${release} 正在提供服务，无需回滚`,
  en: ({ release }) => `Release #${release} is already active`,
})
