import type { Service, ServiceGroup } from '@vitrine/contract'

/** A section of the table: a group, or without a group (`null`) the services that have none. */
export type Section = { key: string; group: ServiceGroup | null; services: Service[] }

/** A row of the table: the head of a section, or a service in it. */
export type Line =
  | { kind: 'section'; key: string; section: Section }
  | { kind: 'service'; key: string; service: Service; section: Section }

/** The name of the section without a group, as in the address. */
export const ungrouped = 'none'

/** The key of a service's section. A service whose group is unknown or deleted has no group. */
const sectionKey = (service: Service, groups: ReadonlySet<string>): string =>
  service.group_id !== null && groups.has(service.group_id) ? service.group_id : ungrouped

/**
 * The services by group, in the order of the groups, with the others at the end. The order of services within
 * a group stays. Empty groups are left out unless `keepEmpty`. `only` limits the result to one section.
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

/** The rows of the table. Without any group there are no heads. A collapsed section has only its head. */
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

/** A list with one item moved before another, or to the end if `before` is null. Pure. */
export const movedBefore = (ids: readonly string[], id: string, before: string | null): string[] => {
  if (id === before) return [...ids]
  const rest = ids.filter((other) => other !== id)
  const place = before === null ? rest.length : rest.indexOf(before)
  return rest.toSpliced(place < 0 ? rest.length : place, 0, id)
}
