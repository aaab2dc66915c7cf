import { defineError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'

/** What is wrong with a package, in every language; whoever asks gets theirs. */
type Problem = { code: string; message: Words; path?: string }

export const algorithmNotFound = defineError<{ algorithm_id: string }>({
  code: 'algorithm.not_found',
  zh: (d) => `没有算法 ${d.algorithm_id}`,
  en: (d) => `There is no algorithm ${d.algorithm_id}`,
})

export const algorithmNotOwned = defineError<{ algorithm_id: string; owner: string }>({
  code: 'algorithm.not_owner',
  zh: (d) => `算法 ${d.algorithm_id} 属于 ${d.owner}，只有所有者和管理员能修改；上传新算法请换一个 id`,
  en: (d) =>
    `The algorithm ${d.algorithm_id} belongs to ${d.owner}; only the owner and administrators can change it. To upload a new algorithm, choose another ID`,
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
  zh: (d) => `算法包有 ${d.problems.length} 处问题：${d.problems.map((one) => one.message.zh).join('；')}`,
  en: (d) =>
    `The package has ${d.problems.length} problem(s): ${d.problems.map((one) => one.message.en).join('; ')}`,
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
