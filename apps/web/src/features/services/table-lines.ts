import type { Service, ServiceGroup } from '@vitrine/contract'

/** A group's part of the table; without a group (`null`) those that are in none. */
export type Section = { key: string; group: ServiceGroup | null; services: Service[] }

/** A line of the table: the head of a section, or a service in it. */
export type Line =
  | { kind: 'section'; key: string; section: Section }
  | { kind: 'service'; key: string; service: Service; section: Section }

/** Name of the part without a group, as it stands in the address. */
export const ungrouped = 'none'

/** Key of the section that a service belongs to; one whose group is not known (any more) is in none. */
const sectionKey = (service: Service, groups: ReadonlySet<string>): string =>
  service.group_id !== null && groups.has(service.group_id) ? service.group_id : ungrouped

/**
 * Services by group, groups in their order and the rest behind them; the order of services within stays. Groups without a
 * service are left out unless `keepEmpty`; `only` is the one section that is wanted.
 */
export const sectionsOf = (
  services: readonly Service[],
  groups: readonly ServiceGroup[],
  { keepEmpty, only }: { keepEmpty: boolean; only: string | null },
): Section[] => {
  const known = new Set(groups.map((group) => group.id))
  const sections = [...groups, null].map((group): Section => ({
    key: group?.id ?? ungrouped,
    group,
    services: [],
  }))
  const byKey = new Map(sections.map((section) => [section.key, section]))
  for (const service of services) byKey.get(sectionKey(service, known))?.services.push(service)
  return sections
    .filter(({ key }) => only === null || key === only)
    .filter((section) => section.services.length > 0 || (keepEmpty && section.group !== null))
}

/** The lines of the table. Where everything is in no group there are no heads; of a collapsed section only its head is there. */
export const linesOf = (sections: readonly Section[], collapsed: ReadonlySet<string>): Line[] => {
  const headless = sections.every(({ group }) => group === null)
  return sections.flatMap((section) => {
    const head: Line = { kind: 'section', key: `section ${section.key}`, section }
    if (!headless && collapsed.has(section.key)) return [head]
    const rows = section.services.map((service): Line => ({
      kind: 'service',
      key: service.id,
      service,
      section,
    }))
    return headless ? rows : [head, ...rows]
  })
}

/** A list with one item moved to stand before another, or at the end where `before` is null. Pure. */
export const movedBefore = (ids: readonly string[], id: string, before: string | null): string[] => {
  if (id === before) return [...ids]
  const rest = ids.filter((other) => other !== id)
  const place = before === null ? rest.length : rest.indexOf(before)
  return rest.toSpliced(place < 0 ? rest.length : place, 0, id)
}
