import { defineError } from '../../lib/errors.ts'

/** Nothing answers, or the answer does not come from Gitea. */
export const giteaUnreachable = defineError({
  code: 'gitea.unreachable',
  zh: () => 'Gitea 服务器没有应答：请检查服务器地址和网络，稍后再试',
  en: () => 'The Gitea server does not answer: check its address and the network, and try again later',
})

export const notGitea = defineError({
  code: 'gitea.not_gitea',
  zh: () => '这个地址有应答，但不是 Gitea 的应答：请检查服务器地址，包括子路径',
  en: () => 'This address answers, but not as Gitea does: check the address of the server, with its sub-path',
})

export const giteaRedirected = defineError<{ to: string }>({
  code: 'gitea.redirected',
  zh: ({ to }) => `这个地址转到 ${to}；令牌不会跟着转，请填转到的地址`,
  en: ({ to }) => `This address leads on to ${to}; the token does not follow, so enter that address`,
})

/** `repository` was created a moment ago and could neither be filled nor deleted. */
export const repositoryLeft = defineError<{ repository: string }>({
  code: 'gitea.repository_left',
  zh: ({ repository }) =>
    `代码没有移到 Gitea：新建的空仓库 ${repository} 没能写入，也没能删除；请在 Gitea 中删除它再试`,
  en: ({ repository }) =>
    `The code was not moved to Gitea: the new repository ${repository} could neither be filled nor deleted; delete it in Gitea and try again`,
})

/** The answer to the request that creates `repository` did not come. */
export const creationUnanswered = defineError<{ repository: string }>({
  code: 'gitea.creation_unanswered',
  zh: ({ repository }) =>
    `Gitea 没有答复新建仓库 ${repository} 的请求，它可能已经建好；代码没有移动。请在 Gitea 里看一下：它在那里而且是空的，就选择“使用已有的同名仓库”再移动，或删除它再试`,
  en: ({ repository }) =>
    `Gitea did not answer when the repository ${repository} was to be created, so it may be there; the code was not moved. Look in Gitea: if it is there and empty, choose to use an existing one and move again, or delete it and try again`,
})

export const tokenRefused = defineError<{ status: number }>({
  code: 'gitea.token_refused',
  zh: ({ status }) =>
    status === 401
      ? 'Gitea 不接受保存的访问令牌：请管理员在“Gitea”页换一个'
      : 'Gitea 的访问令牌没有做这件事的权限：请管理员换一个有仓库读写权限的令牌，或给令牌的用户授权',
  en: ({ status }) =>
    status === 401
      ? 'Gitea does not accept the saved access token: an administrator enters another one on the page “Gitea”'
      : 'The access token may not do this in Gitea: an administrator enters one that may read and write repositories, or gives its user access',
})

export const repositoryNotFound = defineError<{ repository: string }>({
  code: 'gitea.repository_not_found',
  zh: ({ repository }) => `Gitea 里没有仓库 ${repository}，或访问令牌看不到它`,
  en: ({ repository }) => `Gitea has no repository ${repository}, or the access token cannot see it`,
})

export const repositoryExists = defineError<{ repository: string }>({
  code: 'gitea.repository_exists',
  zh: ({ repository }) =>
    `Gitea 里已有仓库 ${repository}，没有改动它。它是空的，或历史与这里相同，可以选择“使用已有的同名仓库”再移动；要用它的代码，请从 Gitea 登记；要新建，请先改名`,
  en: ({ repository }) =>
    `Gitea already has a repository ${repository}; it was not changed. If it is empty or has the same history, choose to use an existing one and move again; to use its code, register it from Gitea; to create a new one, rename that one first`,
})

/** `ref` is a branch or tag there that has other commits. */
export const repositoryDiffers = defineError<{ repository: string; ref: string }>({
  code: 'gitea.repository_differs',
  zh: ({ repository, ref }) =>
    `Gitea 里已有的仓库 ${repository} 不是空的，历史也与这里不同（分支或标签 ${ref}），没有改动它。请把那里的提交合并到这里再移动，或先给它改名`,
  en: ({ repository, ref }) =>
    `The repository ${repository} that exists in Gitea is not empty and has another history (branch or tag ${ref}); it was not changed. Merge its commits here and move again, or rename it first`,
})

/** `to` is the new name according to Gitea. */
export const repositoryMoved = defineError<{ repository: string; to: string }>({
  code: 'gitea.repository_moved',
  redacted: {
    zh: '这个算法的代码仓库在 Gitea 里改了名字或主人，平台还在原来的地址找它',
    en: 'The repository of this algorithm has another name or owner in Gitea, and the platform still looks for it at the former address',
  },
  zh: ({ repository, to }) =>
    `仓库 ${repository} 在 Gitea 里改了名字或主人，现在是 ${to}，平台还在原来的地址找它，不会自己跟过去。请在算法页上选择跟过去，或在 Gitea 里改回去`,
  en: ({ repository, to }) =>
    `The repository ${repository} has another name or owner in Gitea: it is ${to} now, and the platform still looks for it at the former address and does not follow by itself. Choose to follow it on the page of the algorithm, or rename it back in Gitea`,
})

export const pushRefused = defineError<{ repository: string }>({
  code: 'gitea.push_refused',
  redacted: {
    zh: 'Gitea 仓库没有接受推送：那里有这里没有的提交',
    en: 'The repository in Gitea did not accept the push: it has commits that are not here',
  },
  zh: ({ repository }) => `Gitea 仓库 ${repository} 没有接受推送：那里有这里没有的提交。请先拉取，再试`,
  en: ({ repository }) =>
    `The repository ${repository} in Gitea did not accept the push: it has commits that are not here. Pull first, then try again`,
})

/** `reason` is the message of the server. */
export const pushDeclined = defineError<{ repository: string; reason: string }>({
  code: 'gitea.push_declined',
  redacted: {
    zh: 'Gitea 仓库的规则不允许这次推送',
    en: 'The rules of the repository in Gitea do not permit this push',
  },
  zh: ({ repository, reason }) =>
    `Gitea 仓库 ${repository} 的规则不允许这次推送，再试也一样。Gitea 说：${reason}。请在 Gitea 里改规则（分支保护、归档、平台令牌用户的权限），或改用别的分支`,
  en: ({ repository, reason }) =>
    `The rules of the repository ${repository} in Gitea do not permit this push, and waiting does not help. Gitea says: ${reason}. Change the rule in Gitea (protection of the branch, archived repository, rights of the user of the platform’s token), or use another branch`,
})

export const giteaRepositoryTooLarge = defineError<{ repository: string; limit_bytes: number }>({
  code: 'gitea.repository_too_large',
  zh: ({ repository, limit_bytes }) =>
    `仓库 ${repository} 超过上限 ${Math.round(limit_bytes / 1024 ** 2)} MB，没有取回。请把大文件移到模型库`,
  en: ({ repository, limit_bytes }) =>
    `The repository ${repository} is larger than the limit of ${Math.round(limit_bytes / 1024 ** 2)} MB and was not fetched. Move large files to the model store`,
})

export const giteaFailed = defineError<{ repository: string; status: number | null }>({
  code: 'gitea.failed',
  zh: ({ repository, status }) =>
    `Gitea 没有完成这一步（${repository}${status === null ? '' : `，HTTP ${status}`}）：请稍后再试，原因见平台日志`,
  en: ({ repository, status }) =>
    `Gitea did not complete this (${repository}${status === null ? '' : `, HTTP ${status}`}): try again later; the platform's log has the reason`,
})

/** `reason` is the answer of the server. */
export const lfsRefused = defineError<{ repository: string; reason: string }>({
  code: 'gitea.lfs_refused',
  redacted: {
    zh: 'Gitea 没有接受 Git LFS 的大文件',
    en: 'Gitea did not accept files of Git LFS',
  },
  zh: ({ repository, reason }) =>
    `Gitea 没有为仓库 ${repository} 处理 Git LFS 的大文件（${reason}）。请在 Gitea 里打开 LFS（LFS_START_SERVER），并放宽它和前面代理的大小上限（LFS_MAX_FILE_SIZE、client_max_body_size），再试`,
  en: ({ repository, reason }) =>
    `Gitea did not handle files of Git LFS for the repository ${repository} (${reason}). Turn on LFS in Gitea (LFS_START_SERVER), raise its size limit and that of a proxy in front (LFS_MAX_FILE_SIZE, client_max_body_size), then try again`,
})
