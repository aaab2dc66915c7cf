import type { Addition, Inspection } from '@vitrine/contract'
import { useSessionStorage } from '@vueuse/core'

/** What a person has entered for an upload, beside its files: the title, and the lines that the page has added. */
export type LastUpload = { name: string; additions: Addition[] }

/** The last upload for each service, in this tab, so that a failed one can be repaired without entering it again. */
export const useLastUploads = () => {
  const all = useSessionStorage<Record<string, LastUpload>>('vitrine.uploads', {})
  return {
    of: (serviceId: string): LastUpload | null => all.value[serviceId] ?? null,
    keep(serviceId: string, upload: LastUpload): void {
      all.value = { ...all.value, [serviceId]: upload }
    },
  }
}

/** The lines added earlier that the new files still need, because inspecting them proposes the same lines again. Pure. */
export const stillNeeded = (
  earlier: readonly Addition[],
  { problems, warnings }: Pick<Inspection, 'problems' | 'warnings'>,
): Addition[] =>
  [...problems, ...warnings].flatMap(({ adds }) => {
    if (adds === undefined) return []
    const had = earlier.filter(({ path }) => path === adds.path).flatMap(({ lines }) => lines)
    return adds.lines.every((line) => had.includes(line)) ? [adds] : []
  })
