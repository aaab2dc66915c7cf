import { most } from '@vitrine/contract/limits'
import { defineError } from '../../lib/errors.ts'

/** `draft_revision` is the state that is stored now, and `based_on` the one that the refused change was made on. */
export const presentationChanged = defineError<{
  by: string
  at: string
  draft_revision: number
  based_on: number
}>({
  code: 'presentation.changed',
  zh: ({ by }) => `${by} 在此期间保存了修改。请比较两个版本，选择要保留的一个`,
  en: ({ by }) => `${by} has saved changes in the meantime. Compare both versions and choose the one to keep`,
})

export const presentationWithoutDraft = defineError<{ service_id: string }>({
  code: 'presentation.no_draft',
  zh: () => '没有草稿可以发布，请先修改',
  en: () => 'There is no draft to publish. Make a change first',
})

export const presentationRevisionNotFound = defineError<{ service_id: string; number: number }>({
  code: 'presentation.revision_not_found',
  zh: ({ number }) => `没有第 ${number} 次发布的内容，只保留最近 ${most.presentationRevisions} 次`,
  en: ({ number }) =>
    `There is no published revision ${number}. Only the last ${most.presentationRevisions} are kept`,
})

const reasons = {
  not_found: {
    zh: '不存在，或您不能查看',
    en: 'does not exist, or you may not see it',
  },
  of_others: {
    zh: '属于其他人或访客，只有其本人可以展示',
    en: 'belongs to somebody else or to a visitor, and is not yours to show',
  },
  other_service: { zh: '属于另一个服务', en: 'belongs to another service' },
  not_succeeded: { zh: '没有成功的结果', en: 'has no successful result' },
  not_a_picture: { zh: '不是图片', en: 'is not a picture' },
} as const

/** Why a run or a media file cannot be shown. */
export type WhyNotShowable = keyof typeof reasons

/** `field` is the path in the presentation, such as `examples[1].run_id`. */
export const notShowable = defineError<{ field: string; why: WhyNotShowable }>({
  code: 'presentation.not_showable',
  zh: ({ field, why }) =>
    `${field.endsWith('asset_id') ? '这个素材' : '这次运行'}${reasons[why].zh}，请另选一个（${field}）`,
  en: ({ field, why }) =>
    `The ${field.endsWith('asset_id') ? 'media file' : 'run'} in ${field} ${reasons[why].en}. Choose another one`,
})
