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

export const mediaResultTooLarge = defineError<{ limit_bytes: number }>({
  code: 'media.result_too_large',
  zh: ({ limit_bytes }) =>
    `转换后的文件超过 ${Math.round(limit_bytes / 1024 ** 2)} MB，远大于原文件，已停止；算法仍可使用原文件。请上传已是浏览器可播放格式（如 H.264 的 MP4）的文件`,
  en: ({ limit_bytes }) =>
    `The converted file would have more than ${Math.round(limit_bytes / 1024 ** 2)} MB, far more than the original, so the conversion was stopped. Algorithms can still use the original. Upload a file in a format that browsers play, such as MP4 with H.264`,
})

export const mediaTimedOut = defineError<{ seconds: number }>({
  code: 'media.timed_out',
  zh: ({ seconds }) => `处理媒体文件超过 ${seconds} 秒，已停止`,
  en: ({ seconds }) => `Processing the media file took longer than ${seconds} seconds and was stopped`,
})
