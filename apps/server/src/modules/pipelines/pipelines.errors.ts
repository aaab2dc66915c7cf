import { defineError } from '../../lib/errors.ts'

export const pipelineNotFound = defineError<{ pipeline_id: string }>({
  code: 'pipeline.not_found',
  zh: ({ pipeline_id }) => `没有流水线 ${pipeline_id}`,
  en: ({ pipeline_id }) => `There is no pipeline ${pipeline_id}`,
})

export const pipelineNotSetUp = defineError<{ service_id: string }>({
  code: 'pipeline.not_set_up',
  zh: ({ service_id }) => `服务 ${service_id} 没有打开推送即部署：请先在服务页打开`,
  en: ({ service_id }) =>
    `Pushes are not deployed to the service ${service_id}: turn it on first, on the page of the service`,
})

export const pipelineNotWaiting = defineError<{ pipeline_id: string; state: string }>({
  code: 'pipeline.not_waiting',
  zh: ({ state }) => `这条流水线没有在等待批准（${state}）`,
  en: ({ state }) => `This pipeline does not wait for approval (${state})`,
})

export const branchNotWatched = defineError<{ branch: string; followed: string }>({
  code: 'pipeline.branch_not_watched',
  zh: ({ branch, followed }) =>
    `平台自带的 git 仓库只有分支 ${followed} 的推送会成为代码版本，不能跟随 ${branch}；请留空或填 ${followed}`,
  en: ({ branch, followed }) =>
    `In the platform's own git host only pushes to the branch ${followed} become code versions, so ${branch} cannot be followed; leave it empty, or enter ${followed}`,
})

/** `service_id`: the service whose commits are to be deployed. */
export const nothingServed = defineError<{ service_id: string }>({
  code: 'pipeline.nothing_served',
  zh: ({ service_id }) =>
    `服务 ${service_id} 还没有在运行的版本，或不再是同一个算法，所以没有可以提升的提交。请先部署它，或改选另一个服务`,
  en: ({ service_id }) =>
    `The service ${service_id} serves no release yet, or is no longer of the same algorithm, so there is no commit to promote. Deploy it first, or choose another service`,
})

export const promotesItself = defineError<{ service_id: string }>({
  code: 'pipeline.promotes_itself',
  zh: ({ service_id }) =>
    `服务 ${service_id} 不能从自己提升，也不能经过其他服务回到自己：请选同一个算法的另一个服务`,
  en: ({ service_id }) =>
    `The service ${service_id} cannot be promoted from itself, nor by way of others: choose another service of the same algorithm`,
})

export const sourceReplaced = defineError<{ service_id: string }>({
  code: 'pipeline.source_replaced',
  zh: ({ service_id }) =>
    `没有提升：保存规则之后，服务 ${service_id} 被删除并重新创建，可能已属于别人。请确认后重新保存这条规则`,
  en: ({ service_id }) =>
    `Nothing is promoted: the service ${service_id} was deleted and created anew since the rule was saved, and may be somebody else's. Look at it, then save the rule again`,
})

export const authorGone = defineError<{ name: string }>({
  code: 'pipeline.author_gone',
  zh: ({ name }) =>
    `没有部署：打开推送即部署的 ${name} 已被删除、停用，或不再有部署的权限。请有权限的人重新保存这条规则`,
  en: ({ name }) =>
    `Nothing was deployed: ${name}, in whose name pushes are deployed, was deleted or disabled, or may no longer deploy. Somebody who may saves the rule again`,
})

export const keyGone = defineError<{ name: string }>({
  code: 'pipeline.key_gone',
  zh: ({ name }) =>
    `没有部署：${name} 打开推送即部署时使用的 API 密钥已被吊销、过期，或不能再部署。请有权限的人重新保存这条规则`,
  en: ({ name }) =>
    `Nothing was deployed: the API key with which ${name} let pushes be deployed was revoked, has expired, or may no longer deploy. Somebody who may saves the rule again`,
})

export const commitGone = defineError<{ commit: string; branch: string }>({
  code: 'pipeline.commit_gone',
  zh: ({ commit, branch }) => `分支 ${branch} 已不再停在提交 ${commit.slice(0, 8)}：它被更新的推送取代`,
  en: ({ commit, branch }) =>
    `The branch ${branch} is no longer at the commit ${commit.slice(0, 8)}: a newer push came first`,
})

export const testFailed = defineError<{ command: string; exit_code: number | null; lines: string[] }>({
  code: 'pipeline.test_failed',
  redacted: {
    zh: '测试没有通过，没有部署：服务仍是原来的版本',
    en: 'The tests failed, so nothing was deployed: the service stays as it was',
  },
  zh: ({ command, exit_code, lines }) =>
    `测试没有通过，没有部署（${command}${exit_code === null ? '' : `，退出码 ${exit_code}`}）${lines.length > 0 ? `：${lines.at(-1)}` : ''}`,
  en: ({ command, exit_code, lines }) =>
    `The tests failed, so nothing was deployed (${command}${exit_code === null ? '' : `, exit code ${exit_code}`})${lines.length > 0 ? `: ${lines.at(-1)}` : ''}`,
})

/** `zh` and `en`: why the deploy failed. */
export const deployFailed = defineError<{ cause: string; zh: string; en: string }>({
  code: 'pipeline.deploy_failed',
  redacted: {
    zh: '部署没有成功：服务仍是原来的版本',
    en: 'The deploy failed: the service stays as it was',
  },
  zh: ({ zh }) => `部署没有成功，服务仍是原来的版本：${zh}`,
  en: ({ en }) => `The deploy failed, so the service stays as it was: ${en}`,
})

export const pipelineInterrupted = defineError({
  code: 'pipeline.interrupted',
  zh: () => '平台重新启动时这条流水线没有能继续；请再运行一次',
  en: () => 'This pipeline could not go on when the platform started again; run it again',
})

export const hookRefused = defineError({
  code: 'pipeline.hook_refused',
  zh: () => '这不是本平台能接受的 Webhook：签名缺失、不对，或已经收到过',
  en: () => 'This webhook is not accepted: its signature is missing or wrong, or it came before',
})

/** `service_id`: the service whose other branch is served. */
export const isPreview = defineError<{ service_id: string; branch: string }>({
  code: 'pipeline.is_preview',
  zh: ({ service_id, branch }) =>
    `这是服务 ${service_id} 的分支 ${branch} 的预览，没有自己的规则：请在 ${service_id} 的“推送即部署”里修改`,
  en: ({ service_id, branch }) =>
    `This is the preview of the branch ${branch} of the service ${service_id} and has no rule of its own: change it under “Push to deploy” of ${service_id}`,
})

export const previewsFull = defineError<{ branch: string; most: number }>({
  code: 'pipeline.previews_full',
  zh: ({ branch, most }) =>
    `分支 ${branch} 没有预览：已经有 ${most} 个。请删除一个不用的预览，或调大上限，它随后自动部署`,
  en: ({ branch, most }) =>
    `The branch ${branch} has no preview, as there are ${most} already. Delete one that is not needed, or raise the number; it is deployed by itself then`,
})

export const previewsNeedReach = defineError({
  code: 'pipeline.previews_need_reach',
  zh: () =>
    '这个密钥只能用于指定的服务，而预览是新的服务：请用没有这种限制的密钥或登录后保存，或把预览数设为 0',
  en: () =>
    'This key is limited to some services, and previews are new ones: save it signed in or with a key without that limit, or set the number of previews to 0',
})
