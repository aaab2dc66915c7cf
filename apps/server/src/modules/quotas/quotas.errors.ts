import { idleUploadHours, type NetworkPolicy } from '@vitrine/contract'
import { defineError } from '../../lib/errors.ts'

const mib = 1024 ** 2
const gib = 1024 ** 3
/** How soon to ask again for something that others end at any time, in seconds. */
const soonS = 5
const gigabytes = (bytes: number): number => Math.round((bytes / gib) * 10) / 10
const soon = () => ({ 'retry-after': String(soonS) })

/** `of` says whose runs they are: the caller's, or those of everybody with the same link. */
export const tooManyRuns = defineError<{ limit: number; of: 'person' | 'link' }>({
  code: 'quota.runs',
  zh: ({ limit, of }) =>
    of === 'person'
      ? `您已有 ${limit} 次运行在排队或进行中，达到上限。请等其中一次结束，或先取消一次`
      : `通过分享链接的运行已有 ${limit} 次在排队或进行中，达到上限。请稍后再试`,
  en: ({ limit, of }) =>
    of === 'person'
      ? `You have ${limit} runs that wait or run, which is the limit. Wait until one ends, or cancel one`
      : `${limit} runs through share links wait or run, which is the limit. Try again soon`,
  headers: soon,
})

export const resultsFull = defineError<{ limit_bytes: number; used_bytes: number }>({
  code: 'quota.results',
  zh: ({ limit_bytes }) =>
    `您保存的运行结果已达上限 ${limit_bytes / mib} MB。请在运行记录中删除不再需要的运行，或请管理员提高上限`,
  en: ({ limit_bytes }) =>
    `Your stored runs have reached the limit of ${limit_bytes / mib} MB. Delete runs that you no longer need from the history, or ask an administrator for a higher limit`,
})

/** The sentence for a visitor, who cannot delete anything. */
export const linkResultsFull = defineError({
  code: 'quota.link_results',
  zh: () => '通过分享链接保存的运行结果已达上限，请联系分享者',
  en: () => 'The runs stored through share links have reached their limit. Ask the person who sent the link',
})

export const tooManyUploads = defineError<{ limit: number }>({
  code: 'quota.uploads',
  zh: ({ limit }) =>
    `您已有 ${limit} 个上传没有完成或没有使用，达到上限。请先使用或取消它们；连续 ${idleUploadHours} 小时没有收到数据的上传会自动删除`,
  en: ({ limit }) =>
    `${limit} of your uploads are not finished or not used yet, which is the limit. Use or cancel them; those that have received nothing for ${idleUploadHours} hours are deleted`,
  headers: () => ({ 'retry-after': '60' }),
})

export const storageFull = defineError<{ limit_bytes: number; used_bytes: number }>({
  code: 'quota.storage',
  zh: ({ limit_bytes, used_bytes }) =>
    `放不下：您的素材、模型文件与未完成的上传上限为 ${gigabytes(limit_bytes)} GB，已占用 ${gigabytes(used_bytes)} GB。请删除不再需要的素材或模型文件，或请管理员提高上限`,
  en: ({ limit_bytes, used_bytes }) =>
    `There is no room for it: your media, model files and unfinished uploads may take ${gigabytes(limit_bytes)} GB, and take ${gigabytes(used_bytes)} GB. Delete media or model files that you no longer need, or ask an administrator for a higher limit`,
})

/** `of` says what counts: the person, or the address of somebody without a sign-in. */
export const tooManyStreams = defineError<{ limit: number; of: 'person' | 'network' }>({
  code: 'quota.streams',
  zh: ({ limit, of }) =>
    `${of === 'person' ? '您' : '您所在的网络'}已打开 ${limit} 个实时数据流，达到上限。请关闭不用的页面或程序后再试`,
  en: ({ limit, of }) =>
    `${of === 'person' ? 'You have' : 'Your network has'} ${limit} live streams open, which is the limit. Close pages or programs that you do not use, and try again`,
  headers: soon,
})

export const noRoomToRead = defineError({
  code: 'quota.reading',
  zh: () => '同时读取的大结果太多，内存已用满，请稍后再试',
  en: () => 'Too many large results are being read at once. Try again soon',
  headers: soon,
})

/** What is stored is so large that waiting for room does not help. */
export const readingTooLarge = defineError<{ limit_bytes: number; bytes: number }>({
  code: 'quota.reading_too_large',
  zh: ({ limit_bytes, bytes }) =>
    `要读取的输入与结果共 ${Math.round(bytes / mib)} MB，超过一次可读取的 ${limit_bytes / mib} MB，重试也读不出来。请一次少读几项；单独一项就超过的，只能删除后用较小的输入重新运行`,
  en: ({ limit_bytes, bytes }) =>
    `The inputs and results to read have ${Math.round(bytes / mib)} MB, which is more than the ${limit_bytes / mib} MB that can be read at once, so trying again does not help. Read fewer of them at once. One that is too large alone can only be deleted, and run again with a smaller input`,
})

export const noRoomForBodies = defineError({
  code: 'quota.bodies',
  zh: () => '同时处理的大请求太多，内存已用满，请稍后再试',
  en: () => 'Too many large requests are being handled at once. Try again soon',
  headers: soon,
})

export const tooManyAlgorithms = defineError<{ limit: number }>({
  code: 'quota.algorithms',
  zh: ({ limit }) => `您已有 ${limit} 个算法，达到上限。请删除不再需要的算法，或请管理员提高上限`,
  en: ({ limit }) =>
    `You have ${limit} algorithms, which is the limit. Delete algorithms that you no longer need, or ask an administrator for a higher limit`,
})

export const codeFull = defineError<{ limit_bytes: number; used_bytes: number }>({
  code: 'quota.code',
  zh: ({ limit_bytes, used_bytes }) =>
    `代码仓库已满：所有者的全部算法及其历史版本上限为 ${gigabytes(limit_bytes)} GB，已占用 ${gigabytes(used_bytes)} GB。请删除不再需要的算法，或请管理员提高上限`,
  en: ({ limit_bytes, used_bytes }) =>
    `There is no room for more code: all algorithms of their owner with their versions may take ${gigabytes(limit_bytes)} GB, and take ${gigabytes(used_bytes)} GB. Delete algorithms that are no longer needed, or ask an administrator for a higher limit`,
})

export const tooManyServices = defineError<{ limit: number }>({
  code: 'quota.services',
  zh: ({ limit }) =>
    `您已有 ${limit} 个服务（含部署失败和已停止的），达到上限。请删除不再需要的服务，或请管理员提高上限`,
  en: ({ limit }) =>
    `You have ${limit} services, those that failed or are stopped included, which is the limit. Delete services that you no longer need, or ask an administrator for a higher limit`,
})

export const tooManyApiKeys = defineError<{ limit: number }>({
  code: 'quota.api_keys',
  zh: ({ limit }) => `您已有 ${limit} 个 API 密钥，达到上限。请吊销不再需要的密钥，或请管理员提高上限`,
  en: ({ limit }) =>
    `You have ${limit} API keys, which is the limit. Revoke keys that you no longer need, or ask an administrator for a higher limit`,
})

export const tooManyShares = defineError<{ limit: number }>({
  code: 'quota.shares',
  zh: ({ limit }) =>
    `您已有 ${limit} 个分享链接（含已过期的），达到上限。请撤销不再需要的链接，或请管理员提高上限`,
  en: ({ limit }) =>
    `You have ${limit} share links, those that have expired included, which is the limit. Revoke links that you no longer need, or ask an administrator for a higher limit`,
})

export const tooManyInvites = defineError<{ limit: number }>({
  code: 'quota.invites',
  zh: ({ limit }) =>
    `您已有 ${limit} 个尚未使用的邀请（含已过期的），达到上限。请撤销不再需要的邀请，或请管理员提高上限`,
  en: ({ limit }) =>
    `You have ${limit} invitations that nobody has used, those that have expired included, which is the limit. Revoke invitations that you no longer need, or ask an administrator for a higher limit`,
})

export const tooManyComparisons = defineError<{ limit: number }>({
  code: 'quota.comparisons',
  zh: ({ limit }) => `您已有 ${limit} 个对比，达到上限。请删除不再需要的对比，或请管理员提高上限`,
  en: ({ limit }) =>
    `You have ${limit} comparisons, which is the limit. Delete comparisons that you no longer need, or ask an administrator for a higher limit`,
})

const policyWords: Record<NetworkPolicy, { zh: string; en: string }> = {
  none: { zh: '无网络', en: 'none' },
  all: { zh: '全部', en: 'all' },
}

export const networkAboveCeiling = defineError<{ stated: NetworkPolicy; ceiling: NetworkPolicy }>({
  code: 'quota.network',
  zh: ({ stated, ceiling }) =>
    `管理员允许服务使用的网络最多为“${policyWords[ceiling].zh}”，不能设为“${policyWords[stated].zh}”`,
  en: ({ stated, ceiling }) =>
    `The most of the network that the administrator allows a service is “${policyWords[ceiling].en}”, which is less than “${policyWords[stated].en}”`,
})
