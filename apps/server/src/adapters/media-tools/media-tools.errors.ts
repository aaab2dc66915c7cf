import { defineError } from '../../lib/errors.ts'

export const mediaUnreadable = defineError<{ reason: string }>({
  code: 'media.unreadable',
  zh: ({ reason }) => `文件不是可读的音视频或图片，或已损坏：${reason}`,
  en: ({ reason }) => `The file is not readable media, or it is damaged: ${reason}`,
})

export const mediaTimedOut = defineError<{ seconds: number }>({
  code: 'media.timed_out',
  zh: ({ seconds }) => `处理媒体文件超过 ${seconds} 秒，已停止`,
  en: ({ seconds }) => `Processing the media file took longer than ${seconds} seconds and was stopped`,
})
