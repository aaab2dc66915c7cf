import { defineError } from '../../lib/errors.ts'

export const modelNotFound = defineError<{ model_id: string }>({
  code: 'model.not_found',
  zh: ({ model_id }) => `没有模型文件 ${model_id}`,
  en: ({ model_id }) => `There is no model file ${model_id}`,
})

export const modelDigestMismatch = defineError<{ expected: string; actual: string }>({
  code: 'model.digest_mismatch',
  zh: ({ expected, actual }) =>
    `文件内容与给出的 SHA-256 不符：应为 ${expected}，实为 ${actual}。文件未保存，请检查是否选错或传输损坏`,
  en: ({ expected, actual }) =>
    `The content of the file does not have the given SHA-256: expected ${expected}, got ${actual}. Nothing was kept; check whether it is another file or was damaged on its way`,
})

export const modelInUse = defineError<{ model_id: string; service_ids: string[] }>({
  code: 'model.in_use',
  zh: ({ service_ids }) => `服务 ${service_ids.join('、')} 的发布正在使用这个模型文件；请先删除这些服务`,
  en: ({ service_ids }) =>
    `Releases of ${service_ids.join(', ')} have this model file; delete these services first`,
})

export const modelTooLarge = defineError<{ limit_bytes: number }>({
  code: 'model.too_large',
  zh: ({ limit_bytes }) => `模型文件超过上限 ${limit_bytes} 字节`,
  en: ({ limit_bytes }) => `The model file exceeds the limit of ${limit_bytes} bytes`,
})

export const modelStorageFull = defineError({
  code: 'model.storage_full',
  zh: () => '磁盘空间不足，模型文件未保存',
  en: () => 'The disk is full. The model file was not kept',
})

/**
 * The digest tells the owner exactly which file to upload. The sentence is the same whether the owner has no such file or has not given
 * it to the algorithm, so that people who may only push do not learn which files the owner has. `may_pass`: the same
 * package can be deployed once the file is there.
 */
export const deployModelMissing = defineError<{
  path: string
  sha256: string
  owner: string
  may_pass: true
}>({
  code: 'deploy.model_missing',
  zh: ({ path, sha256, owner }) =>
    `缺少模型文件 ${path}：这个算法没有可用的、SHA-256 为 ${sha256} 的文件。请算法的所有者 ${owner} 在“模型文件”页上传它，再由本人部署这个版本；或用 Git LFS 把它推送到这个算法的仓库`,
  en: ({ path, sha256, owner }) =>
    `The model file ${path} is missing: this algorithm has no file with the SHA-256 ${sha256}. Its owner, ${owner}, uploads it on the page “Model files” and deploys this version; or it is pushed to the repository of the algorithm with Git LFS`,
})

/** A service of somebody else would get a private file. `may_pass`: the same package can be deployed once its owner has allowed it. */
export const deployModelPrivate = defineError<{
  path: string
  sha256: string
  owner: string
  may_pass: true
}>({
  code: 'deploy.model_private',
  zh: ({ path, owner }) =>
    `模型文件 ${path} 是 ${owner} 私有的，不会交给别人的服务。请 ${owner} 在 algorithm.yaml 的 models 里为它写上 shared: true，或由 ${owner} 来部署`,
  en: ({ path, owner }) =>
    `The model file ${path} is private to ${owner} and is not given to services of others. Ask ${owner} to write shared: true for it in models of algorithm.yaml, or to deploy the service`,
})

/**
 * `host` is where it was asked for; the whole URL may hold a secret. `may_pass`: the same URL may answer at the next attempt.
 */
export const deployModelFetchFailed = defineError<{
  path: string
  host: string
  reason: string
  may_pass: boolean
}>({
  code: 'deploy.model_fetch_failed',
  zh: ({ path, host, reason }) => `模型文件 ${path} 没能从 ${host} 下载：${reason}`,
  en: ({ path, host, reason }) => `The model file ${path} could not be fetched from ${host}: ${reason}`,
})

export const deployModelPathTaken = defineError<{ path: string }>({
  code: 'deploy.model_path_taken',
  zh: ({ path }) => `模型文件要放在 ${path}，但算法包里那里已有别的文件`,
  en: ({ path }) => `The model file belongs at ${path}, but the package has another file there`,
})
