import { defineError } from '../../lib/errors.ts'

export const otherBranch = defineError<{ algorithm_id: string; branch: string; followed: string }>({
  code: 'code.other_branch',
  zh: (d) =>
    `算法 ${d.algorithm_id} 的代码版本来自分支 ${d.followed}，在这里只能修改它；要改 ${d.branch} 请用 git 推送`,
  en: (d) =>
    `The versions of ${d.algorithm_id} come from the branch ${d.followed}, and only that can be edited here; to change ${d.branch}, push with git`,
})

export const nothingChanged = defineError<{ algorithm_id: string }>({
  code: 'code.nothing_changed',
  zh: () => '内容没有变化，没有生成新的代码版本',
  en: () => 'Nothing has changed, so there is no new version',
})

export const pathClash = defineError<{ path: string; other: string }>({
  code: 'code.path_clash',
  zh: (d) => `${d.path} 不能保存：${d.other} 已经存在，一个名字不能既是文件又是文件夹`,
  en: (d) =>
    `${d.path} cannot be saved: there is ${d.other} already, and a name cannot be both a file and a folder`,
})

export const pathLeftOut = defineError<{ path: string }>({
  code: 'code.path_left_out',
  zh: (d) => `${d.path} 不能保存：缓存、虚拟环境和版本控制的文件不属于代码`,
  en: (d) =>
    `${d.path} cannot be saved: files of caches, environments and version control are no part of the code`,
})

export const notText = defineError<{ path: string }>({
  code: 'code.not_text',
  zh: (d) => `${d.path} 不是文本，或者大于 1 MB，不能逐行查看作者`,
  en: (d) => `${d.path} is not text, or larger than 1 MB, so its lines have no authors`,
})
