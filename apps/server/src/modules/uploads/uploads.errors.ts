import { defineError } from '../../lib/errors.ts'

export const uploadNotFound = defineError<{ upload_id: string }>({
  code: 'uploads.not_found',
  zh: ({ upload_id }) => `没有上传 ${upload_id}，或已过期`,
  en: ({ upload_id }) => `There is no upload ${upload_id}, or it has expired`,
})

export const uploadIncomplete = defineError<{ upload_id: string; received: number; size: number | null }>({
  code: 'uploads.incomplete',
  zh: ({ received, size }) => `上传还没有完成：已收到 ${received} / ${size ?? '未知'} 字节`,
  en: ({ received, size }) =>
    `The upload is not complete: ${received} of ${size ?? 'unknown'} bytes received`,
})

export const uploadOffsetWrong = defineError({
  code: 'uploads.offset_wrong',
  zh: () => '续传的位置与已收到的字节数不一致',
  en: () => 'The offset does not match the received bytes',
})

export const uploadOverLimit = defineError<{ limit_bytes: number }>({
  code: 'uploads.over_limit',
  zh: ({ limit_bytes }) => `上传超过上限 ${limit_bytes} 字节`,
  en: ({ limit_bytes }) => `The upload exceeds the limit of ${limit_bytes} bytes`,
})

export const uploadRefused = defineError<{ reason: string }>({
  code: 'uploads.refused',
  zh: ({ reason }) => `续传请求不符合 tus 协议：${reason}`,
  en: ({ reason }) => `The request does not follow the tus protocol: ${reason}`,
})

export const uploadDiskFull = defineError({
  code: 'uploads.disk_full',
  zh: () => '磁盘空间不足，上传已放弃',
  en: () => 'The disk is full. The upload was cancelled',
})

export const uploadCut = defineError({
  code: 'uploads.interrupted',
  zh: () => '连接中断；可以从已收到的位置继续上传',
  en: () => 'The connection was lost. You can resume the upload where it stopped',
})
