import { defineError } from '../../lib/errors.ts'

export const mediaUnreadable = defineError<{ reason: string }>({
  code: 'media.unreadable',
  zh: ({ reason }) => `文件不是可读的音视频或图片，或已损坏：${reason}`,
  en: ({ reason }) => `The file is not readable media, or it is damaged: ${reason}`,
})

export const mediaOutOfMemory = defineError<{ limit_mb: number }>({
  code: 'media.out_of_memory',
  zh: ({ limit_mb }) =>
    `处理媒体文件所需的内存超过上限 ${limit_mb} MB，已停止。请上传尺寸或码率更小的文件，或请管理员提高上限`,
  en: ({ limit_mb }) =>
    `Processing the media file needed more than ${limit_mb} MB of memory, which is the limit, and was stopped. Upload a file of a smaller size or bit rate, or ask an administrator for a higher limit`,
})

export const mediaTimedOut = defineError<{ seconds: number }>({
  code: 'media.timed_out',
  zh: ({ seconds }) => `处理媒体文件超过 ${seconds} 秒，已停止`,
  en: ({ seconds }) => `Processing the media file took longer than ${seconds} seconds and was stopped`,
})
