import { defineError, type Language } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import type { Finding } from '../sources/finding.ts'

/** What is wrong with a package, in every language. Each reader gets their own. */
type Problem = Omit<Finding, 'text'> & { message: Words }

/** All that is said about problems, in a line. */
const allOf = (problems: readonly Problem[], language: Language): string =>
  problems
    .flatMap(({ message, follows, mend }) => [message, follows, mend].flatMap((one) => one?.[language] ?? []))
    .join(language === 'zh' ? '；' : '; ')

export const algorithmNotFound = defineError<{ algorithm_id: string }>({
  code: 'algorithm.not_found',
  zh: (d) => `没有算法 ${d.algorithm_id}`,
  en: (d) => `There is no algorithm ${d.algorithm_id}`,
})

export const versionNotFound = defineError<{ algorithm_id: string; number: number }>({
  code: 'algorithm.version_not_found',
  zh: (d) => `算法 ${d.algorithm_id} 没有版本 v${d.number}`,
  en: (d) => `The algorithm ${d.algorithm_id} has no version v${d.number}`,
})

export const algorithmNotOwned = defineError<{ algorithm_id: string; owner: string }>({
  code: 'algorithm.not_owner',
  zh: (d) => `算法 ${d.algorithm_id} 属于 ${d.owner}，只有所有者和管理员能修改；上传新算法请换一个 id`,
  en: (d) =>
    `The algorithm ${d.algorithm_id} belongs to ${d.owner}; only the owner and administrators can change it. To upload a new algorithm, choose another ID`,
})

export const algorithmModelsNotOwned = defineError<{ algorithm_id: string; owner: string }>({
  code: 'algorithm.models_not_owned',
  zh: (d) =>
    `算法 ${d.algorithm_id} 的模型文件只给所有者 ${d.owner} 和管理员下载；只要代码时可设置 GIT_LFS_SKIP_SMUDGE=1`,
  en: (d) =>
    `The model files of the algorithm ${d.algorithm_id} are for its owner ${d.owner} and administrators only; to get its code alone, set GIT_LFS_SKIP_SMUDGE=1`,
})

export const notRecognised = defineError<{ looked_for: Words[]; problems: Problem[] }>({
  code: 'algorithm.not_recognised',
  zh: (d) =>
    `没有识别出算法包的类型。${d.problems.map((one) => `${one.message.zh}。`).join('')}查找过：${d.looked_for.map((one) => one.zh).join('；')}`,
  en: (d) =>
    `The package was not recognised. ${d.problems.map((one) => `${one.message.en}. `).join('')}Looked for: ${d.looked_for.map((one) => one.en).join('; ')}`,
})

export const algorithmInvalid = defineError<{ problems: Problem[] }>({
  code: 'algorithm.invalid',
  zh: (d) => `算法包有 ${d.problems.length} 处问题：${allOf(d.problems, 'zh')}`,
  en: (d) => `The package has ${d.problems.length} problem(s): ${allOf(d.problems, 'en')}`,
})

/** `path` is the file that was read last. */
export const recognitionExceeded = defineError<{
  limit: 'time' | 'memory'
  seconds: number
  memory_mb: number
  looked_for: Words
  path: string | null
}>({
  code: 'algorithm.recognition_exceeded',
  zh: (d) =>
    `识别这个算法包${d.limit === 'time' ? `超过了 ${d.seconds} 秒` : `用的内存超过了 ${d.memory_mb} MiB`}，已停止：当时在查找“${d.looked_for.zh}”${d.path === null ? '' : `，最后读的文件是 ${d.path}`}。请把生成的代码和数据移出 .py 和 .js 文件，或不要放进算法包`,
  en: (d) =>
    `Recognising this package took more than ${d.limit === 'time' ? `${d.seconds} s` : `${d.memory_mb} MiB of memory`} and was ended while looking for “${d.looked_for.en}”${d.path === null ? '' : `; the file read last is ${d.path}`}. Move generated code and data out of .py and .js files, or leave it out of the package`,
})

export const algorithmInUse = defineError<{ algorithm_id: string; service_id: string | null }>({
  code: 'algorithm.in_use',
  zh: (d) => `算法 ${d.algorithm_id} 正被服务 ${d.service_id ?? ''} 使用，请先删除服务`,
  en: (d) =>
    `The algorithm ${d.algorithm_id} is used by the service ${d.service_id ?? ''}; delete the service first`,
})

export const refNotFound = defineError<{ algorithm_id: string; ref: string | null }>({
  code: 'algorithm.ref_not_found',
  zh: (d) => (d.ref ? `算法 ${d.algorithm_id} 没有 ${d.ref} 这个版本` : `算法 ${d.algorithm_id} 还没有版本`),
  en: (d) => (d.ref ? `${d.algorithm_id} has no ref ${d.ref}` : `${d.algorithm_id} has no version yet`),
})

export const pathNotFound = defineError<{ algorithm_id: string; path: string }>({
  code: 'algorithm.path_not_found',
  zh: (d) => `算法 ${d.algorithm_id} 里没有 ${d.path}`,
  en: (d) => `${d.algorithm_id} has no ${d.path}`,
})

export const algorithmIdTaken = defineError<{ algorithm_id: string }>({
  code: 'algorithm.id_taken',
  zh: (d) => `已有算法 ${d.algorithm_id}，没有改动它；请给新算法换一个 id`,
  en: (d) =>
    `There is an algorithm ${d.algorithm_id} already; it was not changed. Choose another ID for the new one`,
})

/** `folder`: where in its repository the code of the algorithm is. */
export const codeOfOthersToo = defineError<{ algorithm_id: string; folder: string }>({
  code: 'algorithm.code_of_others_too',
  zh: ({ algorithm_id, folder }) =>
    `${algorithm_id} 的代码是仓库里的文件夹 ${folder}，而克隆会得到整个仓库：限于部分服务的密钥和这个仓库的令牌不能克隆，请用不受限的密钥`,
  en: ({ algorithm_id, folder }) =>
    `The code of ${algorithm_id} is the folder ${folder} of its repository, and a clone has all of it: a key that is limited to some services, or a token of this repository, cannot clone it. Use a key without such a limit`,
})

/** `folder`: where in a repository that is not everybody's the code of the algorithm is. */
export const folderAlone = defineError<{ algorithm_id: string; folder: string }>({
  code: 'algorithm.folder_alone',
  zh: ({ algorithm_id, folder }) =>
    `${algorithm_id} 的代码只是仓库里的文件夹 ${folder}，其余部分不对所有人开放，而克隆会得到整个仓库：请在算法页下载代码，或请算法的主人克隆`,
  en: ({ algorithm_id, folder }) =>
    `The code of ${algorithm_id} is only the folder ${folder} of its repository; the rest is not for everybody, and a clone has all of it. Download the code on the page of the algorithm, or ask its owner`,
})

export const codeElsewhere = defineError<{ algorithm_id: string; url: string }>({
  code: 'algorithm.code_elsewhere',
  zh: (d) => `算法 ${d.algorithm_id} 的代码在 ${d.url}：请推送到那里，再在平台上拉取`,
  en: (d) => `The code of the algorithm ${d.algorithm_id} is kept at ${d.url}: push there, and pull it here`,
})
