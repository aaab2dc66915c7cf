import { defineError } from '../../lib/errors.ts'

export const assetNotFound = defineError<{ asset_id: string }>({
  code: 'asset.not_found',
  zh: ({ asset_id }) => `没有素材 ${asset_id}`,
  en: ({ asset_id }) => `There is no media file ${asset_id}`,
})

export const assetMissingFile = defineError({
  code: 'asset.file_missing',
  zh: () => '请求里没有名为 file 的文件',
  en: () => 'The request has no file named “file”',
})

export const assetEmpty = defineError<{ name: string }>({
  code: 'asset.empty',
  zh: ({ name }) => `文件“${name}”是空的`,
  en: ({ name }) => `The file “${name}” is empty`,
})

export const assetTooLarge = defineError<{ name: string; limit_bytes: number }>({
  code: 'asset.too_large',
  zh: ({ name, limit_bytes }) => `文件“${name}”超过上限 ${limit_bytes} 字节`,
  en: ({ name, limit_bytes }) => `The file “${name}” exceeds the limit of ${limit_bytes} bytes`,
})

export const assetInUse = defineError<{ asset_id: string; used_by: string }>({
  code: 'asset.in_use',
  zh: ({ used_by }) => `素材正被 ${used_by} 使用，不能删除`,
  en: ({ used_by }) => `The media file is used by ${used_by} and cannot be deleted`,
})

export const assetVariantMissing = defineError<{ variant: string }>({
  code: 'asset.variant_missing',
  zh: ({ variant }) => `素材没有 ${variant} 版本`,
  en: ({ variant }) => `The media file has no variant ${variant}`,
})

export const assetStorageFull = defineError({
  code: 'asset.storage_full',
  zh: () => '磁盘空间不足，文件没有保存',
  en: () => 'The disk is full. The file was not saved',
})

export const assetTooLong = defineError<{ seconds: number; limit_s: number }>({
  code: 'asset.too_long',
  zh: ({ seconds, limit_s }) =>
    `时长 ${Math.round(seconds)} 秒，超过转码上限 ${limit_s} 秒；算法仍可使用原文件`,
  en: ({ seconds, limit_s }) =>
    `The duration is ${Math.round(seconds)} seconds. Files above ${limit_s} seconds are not transcoded; algorithms can still use the original`,
})

export const mediaToolsMissing = defineError({
  code: 'asset.tools_missing',
  zh: () =>
    '这台机器没有安装 ffmpeg，文件原样保存。浏览器不支持的格式无法在这里播放，也没有缩略图、时长和波形；算法不受影响',
  en: () =>
    'ffmpeg is not installed on this machine, so the file is stored unchanged. Formats that browsers do not support cannot be played here, and there is no thumbnail, duration or waveform. Algorithms are not affected',
})
