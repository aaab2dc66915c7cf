import type { ListPreference } from '@vitrine/contract'
import { lists } from '@vitrine/contract/choices'
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { readAccountPreferences, storePreference } from '../../app/account-preferences.ts'
import { readPreference } from './list-preference.ts'

/** A list whose columns, order and views belong to a person. */
export type ListName = (typeof lists)[number]

const keyOf = (list: ListName) => `ui.list.${list}` as const

/**
 * How the signed-in person sees lists. It is kept in this browser too, so that a list has its columns at once and nothing moves when the
 * account has been read.
 */
export const useListPreferences = defineStore('list-preferences', () => {
  const stored = useStorage<Record<string, unknown>>('vitrine.lists', {})

  /** Takes over what is stored with the account. */
  const take = (account: ReadonlyMap<string, unknown>): void => {
    stored.value = Object.fromEntries(
      lists.flatMap((list) => (account.has(keyOf(list)) ? [[list, account.get(keyOf(list))]] : [])),
    )
  }
  /** Reads again what is stored with the account: it may have been changed in another browser. */
  const read = async (): Promise<boolean> => {
    take(await readAccountPreferences())
    return true
  }
  const of = (list: ListName) => computed<ListPreference>(() => readPreference(stored.value[list]))
  /**
   * Changes how a list is seen, from what is stored with the account now, so that a view that was saved in another browser stays. A change
   * that gives null changes nothing.
   */
  const change = async (
    list: ListName,
    next: (now: ListPreference) => ListPreference | null,
  ): Promise<boolean> => {
    const account = await readAccountPreferences()
    const wanted = next(readPreference(account.get(keyOf(list))))
    if (wanted !== null) await storePreference(keyOf(list), wanted)
    take(wanted === null ? account : new Map([...account, [keyOf(list), wanted]]))
    return wanted !== null
  }
  return { take, read, of, change }
})
