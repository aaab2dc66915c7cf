import { defineError } from '../../lib/errors.ts'

type Entry = { entry: string }

export const pathEscapes = defineError<Entry>({
  code: 'upload.path_escapes',
  zh: ({ entry }) => `路径 ${entry} 越出了算法包的文件夹`,
  en: ({ entry }) => `The path ${entry} is outside the package's folder`,
})

export const pathInvalid = defineError<Entry>({
  code: 'upload.path_invalid',
  zh: ({ entry }) => `文件名 ${entry} 为空、含有控制字符或编码无法识别`,
  en: ({ entry }) => `The file name ${entry} is empty, has control characters or has an unknown encoding`,
})

export const pathIsGit = defineError<Entry & { part: string }>({
  code: 'upload.path_is_git',
  zh: ({ entry, part }) => `路径 ${entry} 中的“${part}”在某些系统上等同于 .git，git 无法保存，请改名`,
  en: ({ entry, part }) =>
    `“${part}” in the path ${entry} is .git on some systems, so git cannot keep it. Rename it`,
})

export const pathTooLong = defineError<Entry & { limit_bytes: number; limit_depth: number }>({
  code: 'upload.path_too_long',
  zh: (d) => `路径 ${d.entry} 太长（最多 ${d.limit_bytes} 字节、${d.limit_depth} 层文件夹，每段 255 字节）`,
  en: (d) =>
    `The path ${d.entry} is too long (at most ${d.limit_bytes} bytes, ${d.limit_depth} folders, 255 bytes per part)`,
})

export const pathDuplicate = defineError<Entry>({
  code: 'upload.path_duplicate',
  zh: ({ entry }) => `路径 ${entry} 出现了两次，或与同名的文件夹冲突`,
  en: ({ entry }) => `The path ${entry} occurs twice, or collides with a folder of the same name`,
})

export const linkRefused = defineError<Entry>({
  code: 'upload.link_refused',
  zh: ({ entry }) => `${entry} 是链接；算法包里不能有符号链接或硬链接，请换成文件本身`,
  en: ({ entry }) =>
    `${entry} is a link; a package cannot contain symbolic or hard links. Use the file itself`,
})

export const specialFileRefused = defineError<Entry>({
  code: 'upload.special_file',
  zh: ({ entry }) => `${entry} 是设备、管道等特殊文件，不能上传`,
  en: ({ entry }) => `${entry} is a device, a pipe or another special file and cannot be uploaded`,
})

export const tooManyFiles = defineError<{ limit: number }>({
  code: 'upload.too_many_files',
  zh: ({ limit }) => `文件太多，最多 ${limit} 个`,
  en: ({ limit }) => `Too many files, at most ${limit}`,
})

export const uploadTooLarge = defineError<{ limit_bytes: number }>({
  code: 'upload.too_large',
  zh: ({ limit_bytes }) => `上传内容超过上限 ${limit_bytes} 字节`,
  en: ({ limit_bytes }) => `The upload exceeds the limit of ${limit_bytes} bytes`,
})

export const unpackedTooLarge = defineError<Entry & { limit_bytes: number }>({
  code: 'upload.unpacked_too_large',
  zh: (d) => `解压到 ${d.entry} 时超过上限 ${d.limit_bytes} 字节`,
  en: (d) => `Unpacking passed the limit of ${d.limit_bytes} bytes at ${d.entry}`,
})

export const ratioTooHigh = defineError<Entry & { limit: number }>({
  code: 'upload.ratio_too_high',
  zh: (d) => `压缩比异常（超过 ${d.limit} 倍），疑似压缩炸弹，停在 ${d.entry}`,
  en: (d) =>
    `The archive unpacks to more than ${d.limit} times its size (possible zip bomb). Stopped at ${d.entry}`,
})

export const archiveUnknown = defineError<{ name: string }>({
  code: 'upload.archive_unknown',
  zh: ({ name }) => `${name} 的内容不是 zip、tar 或 tar.gz`,
  en: ({ name }) => `The content of ${name} is not zip, tar or tar.gz`,
})

export const archiveDamaged = defineError<{ reason: string; entry: string | null }>({
  code: 'upload.archive_damaged',
  zh: (d) => `压缩包已损坏或不完整${d.entry ? `（${d.entry}）` : ''}：${d.reason}`,
  en: (d) => `The archive is damaged or incomplete${d.entry ? ` (${d.entry})` : ''}: ${d.reason}`,
})

export const archiveEncrypted = defineError<Entry>({
  code: 'upload.archive_encrypted',
  zh: ({ entry }) => `压缩包加了密码（${entry}），请去掉密码再上传`,
  en: ({ entry }) => `The archive is encrypted (${entry}); upload it without a password`,
})

export const archiveMethodUnsupported = defineError<Entry & { method: number }>({
  code: 'upload.archive_method',
  zh: (d) => `${d.entry} 的压缩方式（${d.method}）不受支持，请用普通的 zip（deflate）`,
  en: (d) => `${d.entry} uses compression method ${d.method}; only stored and deflated entries are supported`,
})

export const entriesOverlap = defineError<Entry>({
  code: 'upload.entries_overlap',
  zh: ({ entry }) => `压缩包里的 ${entry} 与别的条目重叠，疑似压缩炸弹`,
  en: ({ entry }) => `The archive's entry ${entry} overlaps another (possible zip bomb)`,
})

export const uploadEmpty = defineError({
  code: 'upload.empty',
  zh: () => '上传的内容中没有可用的文件',
  en: () => 'The upload contains no usable files',
})
