import type { GiteaCheck } from '@vitrine/contract'
import { defineError } from '../../lib/errors.ts'

export const giteaNotConfigured = defineError({
  code: 'gitea.not_configured',
  zh: () => '还没有设置 Gitea 服务器：请管理员在“Gitea”页填写',
  en: () => 'No Gitea server is set up: an administrator enters it on the page “Gitea”',
})

export const giteaTestFailed = defineError<{ findings: GiteaCheck['findings'] }>({
  code: 'gitea.test_failed',
  zh: ({ findings }) => `没有保存：${findings.map(({ message, mend }) => `${message}；${mend}`).join('。')}`,
  en: ({ findings }) =>
    `Nothing was saved. ${findings.map(({ message, mend }) => `${message}. ${mend}`).join('. ')}`,
})

export const giteaSetByEnvironment = defineError({
  code: 'gitea.set_by_environment',
  zh: () => 'Gitea 服务器由环境变量 GITEA_SERVER_URL 设置，这里不能改；请改环境变量并重启',
  en: () =>
    'The Gitea server is set by the environment variable GITEA_SERVER_URL, so it cannot be changed here; change the variable and restart',
})

export const giteaInUseByAlgorithms = defineError<{ algorithms: number }>({
  code: 'gitea.in_use',
  zh: ({ algorithms }) => `还有 ${algorithms} 个算法的代码在 Gitea，不能移除这台服务器的设置`,
  en: ({ algorithms }) =>
    `${algorithms} algorithm(s) have their code in Gitea, so the settings of this server cannot be removed`,
})

export const otherServer = defineError<{ server_url: string }>({
  code: 'gitea.other_server',
  zh: ({ server_url }) => `这不是 ${server_url} 上仓库的地址；应为 ${server_url}/所有者/仓库名`,
  en: ({ server_url }) =>
    `This is not the address of a repository at ${server_url}; expected ${server_url}/OWNER/NAME`,
})

export const algorithmElsewhere = defineError<{ algorithm_id: string; url: string; folder: string }>({
  code: 'gitea.algorithm_elsewhere',
  zh: ({ algorithm_id, url, folder }) =>
    folder === ''
      ? `算法 ${algorithm_id} 的代码在 ${url}，不是这里`
      : `算法 ${algorithm_id} 的代码在 ${url} 的目录 ${folder}，不是这里；请换一个算法 ID`,
  en: ({ algorithm_id, url, folder }) =>
    folder === ''
      ? `The code of the algorithm ${algorithm_id} is kept at ${url}, not here`
      : `The code of the algorithm ${algorithm_id} is kept at ${url}, in the folder ${folder}, not here; choose another ID`,
})

/** `ids`: the algorithms that were not moved. `zh` and `en`: why the first of them was not. */
export const moveIncomplete = defineError<{ moved: number; ids: string[]; zh: string; en: string }>({
  code: 'gitea.move_incomplete',
  zh: ({ moved, ids, zh }) =>
    `已移动 ${moved} 个，${ids.length} 个没有移动（${ids.join('、')}），它们的代码仍在原处：${zh}。解决后再移动一次，只会移动剩下的`,
  en: ({ moved, ids, en }) =>
    `${moved} were moved and ${ids.length} were not (${ids.join(', ')}); the code of those is where it was: ${en}. Fix it and move again: only what is left is moved`,
})

export const repositoryNotMoved = defineError<{ repository: string }>({
  code: 'gitea.repository_not_moved',
  zh: ({ repository }) => `仓库 ${repository} 在 Gitea 里还是这个名字，没有要跟过去的地方`,
  en: ({ repository }) =>
    `The repository ${repository} has this very name in Gitea: there is nothing to follow`,
})

/** `repository` names another repository than the one in which the code of an algorithm was, whose number in Gitea is `known`. */
export const repositoryReplaced = defineError<{ repository: string; known: number; found: number }>({
  code: 'gitea.repository_replaced',
  redacted: {
    zh: '这个算法的代码仓库的名字，在 Gitea 里现在属于另一个仓库',
    en: 'The name of the repository of this algorithm belongs to another repository in Gitea by now',
  },
  zh: ({ repository, known, found }) =>
    `${repository} 在 Gitea 里现在是另一个仓库（编号 ${found}）：这个算法的代码在编号 ${known} 的仓库，它改了名字、换了主人或被删除了。什么都没有取回，也没有推送。请在 Gitea 里让原来的仓库恢复这个名字；如果要用的就是新仓库，请在算法页上选择改用它`,
  en: ({ repository, known, found }) =>
    `${repository} is another repository in Gitea by now (number ${found}): the code of this algorithm is in number ${known}, which was renamed, given away or deleted. Nothing was fetched or sent. Give the former one its name back in Gitea; or, if the new one is meant, choose to use it on the page of the algorithm`,
})

/** The code of somebody else's algorithm is in the same place of a repository. */
export const repositoryOfOthers = defineError<{ repository: string; algorithm_id: string; owner: string }>({
  code: 'gitea.repository_of_others',
  zh: ({ repository, algorithm_id, owner }) =>
    `仓库 ${repository} 的这些代码属于 ${owner} 的算法 ${algorithm_id}。请直接部署该算法；要改动代码，请 ${owner} 来做，或直接推送到 Gitea`,
  en: ({ repository, algorithm_id, owner }) =>
    `This code in the repository ${repository} is that of the algorithm ${algorithm_id} of ${owner}. Deploy that algorithm; to change the code, ask ${owner}, or push to Gitea itself`,
})

/** Rules for files that are too large for a push are to be added to `path`. */
export const rulesTooLarge = defineError<{ path: string; most_mb: number }>({
  code: 'gitea.rules_too_large',
  zh: ({ path, most_mb }) =>
    `有文件太大，普通推送放不下，要在 ${path} 里加一条规则，但它超过 ${most_mb} MB：什么都没有推送。请删减它再试`,
  en: ({ path, most_mb }) =>
    `A file is too large for a plain push, and needs a rule in ${path}, which has more than ${most_mb} MB: nothing was pushed. Shorten it and try again`,
})
