import type { EffectiveConfig, RequestedChange } from '@vitrine/contract'
import { ruleSentence } from '@vitrine/contract/issues'
import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import {
  afterSave,
  changeOf,
  draftOf,
  isChanged,
  keepsSecret,
  newDraft,
  readDraft,
  type Draft,
  type Editor,
  type Owner,
} from './config-draft.ts'

const isDeepEqual = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** A draft that differs from what there is, with what there is; null if the key is new. */
export type Edit = { draft: Draft; item: EffectiveConfig | null }

/** The values that are being entered, by key, until all are saved together or given up. */
export const useDrafts = (owner: Owner, items: () => readonly EffectiveConfig[]) => {
  const { locale, t } = useI18n()
  /** Where in a value the problem is: the line of a list, or the field. */
  const placeOf = (path: string, editor: Editor): string => {
    const [, index] = /^\[(\d+)\]$/.exec(path) ?? []
    if (editor === 'list' && index !== undefined)
      return t('configuration.at_line', { line: Number(index) + 1 })
    return path === '' ? '' : `${path}: `
  }
  const drafts = ref<Record<string, Draft>>({})
  const itemOf = (key: string) => items().find((item) => item.key === key) ?? null
  const edits = computed<Edit[]>(() =>
    Object.values(drafts.value).flatMap((draft) => {
      const item = itemOf(draft.key)
      return item === null || isChanged(draft, item, owner) ? [{ draft, item }] : []
    }),
  )
  /** The sentences of the rules that drafts break, by key. */
  const problems = computed<Record<string, string>>(() =>
    Object.fromEntries(
      edits.value.flatMap(({ draft }) => {
        const reading = draft.unset || keepsSecret(draft) ? null : readDraft(draft)
        if (reading === null || !('problem' in reading)) return []
        const sentence = ruleSentence(reading.problem, locale.value === 'en' ? 'en' : 'zh')
        return [[draft.key, `${placeOf(reading.problem.path, draft.editor)}${sentence}`]]
      }),
    ),
  )
  const changes = computed<RequestedChange[]>(() =>
    edits.value.flatMap(({ draft }) => changeOf(draft, owner) ?? []),
  )
  const open = (item: EffectiveConfig) => {
    drafts.value[item.key] ??= draftOf(item, owner)
  }
  const add = (key: string, editor: Editor) => {
    const item = itemOf(key)
    if (item === null) drafts.value[key] ??= newDraft(key, editor)
    else open(item)
  }
  const close = (key: string) => {
    delete drafts.value[key]
  }
  /** Closes what was saved. What was entered while it was saved stays. */
  const settle = (sent: readonly Draft[], revision: number | null) => {
    for (const draft of sent) {
      const now = drafts.value[draft.key]
      const rest = now ? afterSave(now, draft, revision) : null
      if (rest === null) close(draft.key)
      else drafts.value[draft.key] = rest
    }
  }
  /** Closes what was stored elsewhere as it is now. What was entered meanwhile stays. */
  const drop = (sent: readonly Draft[]) => {
    for (const draft of sent) if (isDeepEqual(drafts.value[draft.key], draft)) close(draft.key)
  }
  const clear = () => {
    drafts.value = {}
  }
  return { drafts, edits, problems, changes, open, add, close, settle, drop, clear }
}
