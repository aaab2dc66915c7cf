import { defineError } from '../../lib/errors.ts'

export const assetNotFound = defineError<{ asset_id: string }>({
  code: 'asset.not_found',
  status: 404,
  zh: ({ asset_id }) => `没有素材 ${asset_id}`,
  en: ({ asset_id }) => `There is no media file ${asset_id}`,
})

export const assetMissingFile = defineError({
  code: 'asset.file_missing',
  status: 422,
  zh: () => '请求里没有名为 file 的文件',
  en: () => 'The request has no file named “file”',
})

export const assetEmpty = defineError<{ name: string }>({
  code: 'asset.empty',
  status: 422,
  zh: ({ name }) => `文件“${name}”是空的`,
  en: ({ name }) => `The file “${name}” is empty`,
})

export const assetTooLarge = defineError<{ name: string; limit_bytes: number }>({
  code: 'asset.too_large',
  status: 413,
  zh: ({ name, limit_bytes }) => `文件“${name}”超过上限 ${limit_bytes} 字节`,
  en: ({ name, limit_bytes }) => `The file “${name}” exceeds the limit of ${limit_bytes} bytes`,
})

export const assetInUse = defineError<{ asset_id: string; used_by: string }>({
  code: 'asset.in_use',
  status: 409,
  zh: ({ used_by }) => `素材正被 ${used_by} 使用，不能删除`,
  en: ({ used_by }) => `The media file is used by ${used_by} and cannot be deleted`,
})

export const assetVariantMissing = defineError<{ variant: string }>({
  code: 'asset.variant_missing',
  status: 404,
  zh: ({ variant }) => `素材没有 ${variant} 版本`,
  en: ({ variant }) => `The media file has no variant ${variant}`,
})

export const rangeNotSatisfiable = defineError<{ size: number }>({
  code: 'asset.range_not_satisfiable',
  status: 416,
  zh: ({ size }) => `请求的范围超出文件大小 ${size}`,
  en: ({ size }) => `The requested range is outside the file's ${size} bytes`,
  headers: ({ size }) => ({ 'content-range': `bytes */${size}` }),
})
