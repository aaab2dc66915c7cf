import {
  grantLevels,
  grantPermissions,
  includesGrant,
  permissionsOf,
  seesEverything,
  type ApiEndpoint,
  type GrantLevel,
  type Permission,
  type Role,
} from '@vitrine/contract'
import { platformActor, type Actor } from './actor.ts'

/**
 * Who may do what. Every decision about an actor and an object is made here, for sessions, API keys,
 * instance tokens, visitors of share links and git alike. All functions are pure; callers load the facts.
 * What a role and a scope permit is data of the contract (`permissions.ts`).
 */

/** What the policy knows of an object. */
export type Owned = {
  /** The account or visitor that it belongs to. */
  ownerId: string
  /** The services that it belongs to or shows. An algorithm counts as the service with its id. */
  services: readonly string[]
}

/**
 * Whether an actor's limit includes all these services. An object without services is outside every limit,
 * because nobody has stated that it is inside.
 */
export const reaches = ({ serviceIds }: Pick<Actor, 'serviceIds'>, services: readonly string[]): boolean =>
  serviceIds === null || (services.length > 0 && services.every((id) => serviceIds.includes(id)))

/** Whether an actor may use a route, and if not, why. */
export type CallVerdict = 'allowed' | 'not_permitted' | 'closed_to_limited' | 'outside_limit'

/**
 * Decides whether an actor may use a route. `id` is the `{id}` of the path. A route that states nothing about
 * its object is closed to keys with a limit, and one that does not name instances is closed to them.
 */
export function judgeCall(
  actor: Actor,
  route: Pick<ApiEndpoint, 'access' | 'about' | 'instances'>,
  id: string | null,
): CallVerdict {
  const { access, about } = route
  if (access === 'public') return 'allowed'
  if (actor.kind === 'instance' && !route.instances) return 'not_permitted'
  if (access !== 'self' && !actor.permissions.has(access)) return 'not_permitted'
  if (actor.kind === 'instance' || actor.serviceIds === null) return 'allowed'
  if (about === undefined) return 'closed_to_limited'
  if (about === 'service' || about === 'algorithm')
    return id !== null && reaches(actor, [id]) ? 'allowed' : 'outside_limit'
  return 'allowed'
}

/** The services with which an actor may do this by grants, each once. */
const grantedServices = (actor: Actor, level: GrantLevel): string[] => {
  const held = (actor.grants ?? []).filter((grant) => includesGrant(grant.level, level))
  return [...new Set(held.map(({ serviceId }) => serviceId))].filter((id) => reaches(actor, [id]))
}

/** The smallest grant that permits something; undefined if none does. */
const levelWith = (permission: Permission): GrantLevel | undefined =>
  grantLevels.find((level) => grantPermissions[level].has(permission))

/**
 * The actor as whom somebody may use a route. Whoever lacks its permission by their role, but has it by grants, uses the route as a key
 * that is limited to those services does: so every route treats grants in the way that it treats such keys. Keys get no permission by
 * grants. An actor whom grants give nothing stays as they are.
 */
export function actorAt(actor: Actor, { access }: Pick<ApiEndpoint, 'access'>): Actor {
  if (actor.kind !== 'user' || access === 'public' || access === 'self') return actor
  const level = actor.permissions.has(access) ? undefined : levelWith(access)
  const serviceIds = level === undefined ? [] : grantedServices(actor, level)
  if (level === undefined || serviceIds.length === 0) return actor
  return { ...actor, serviceIds, permissions: new Set([...actor.permissions, ...grantPermissions[level]]) }
}

/** The permissions that an actor has with some services by grants alone. */
export const permissionsByGrants = (actor: Actor): Permission[] =>
  actor.kind === 'user'
    ? [...grantPermissions.own].filter(
        (access) => !actor.permissions.has(access) && actorAt(actor, { access }) !== actor,
      )
    : []

/** Whether an actor has a permission for a service, by their role or by a grant. */
export const permitsAt = (actor: Actor, permission: Permission, serviceId: string): boolean => {
  const { permissions, serviceIds } = actorAt(actor, { access: permission })
  return permissions.has(permission) && (serviceIds === null || serviceIds.includes(serviceId))
}

/** Whether an actor may do this with a service: its owner and every administrator may do everything, and others what they are granted. */
export const mayHandle = (
  actor: Actor,
  { id, ownerId }: { id: string; ownerId: string },
  level: GrantLevel,
): boolean => mayUse(actor, { ownerId, services: [id] }) || grantedServices(actor, level).includes(id)

/** Whether an actor may change an algorithm: its owner and every administrator may, and who is granted to own the service of the same ID. */
export const mayChangeCode = (actor: Actor, { id, ownerId }: { id: string; ownerId: string }): boolean =>
  mayUse(actor, { ownerId, services: [id] }) ||
  (grantedServices(actor, 'own').includes(id) &&
    (actor.grants ?? []).some(({ serviceId, hasCode }) => hasCode && serviceId === id))

/** What keeps an actor from granting something, and from taking such a grant away; null if nothing does. Nobody can grant what they may not do with every service. */
export function grantBarrier(
  actor: Pick<Actor, 'role' | 'permissions'>,
  level: GrantLevel,
): RankBarrier | null {
  const missing = missingPermission(actor, grantPermissions[level])
  if (missing !== null) return { missing }
  return level === 'run' || seesEverything(actor.role) ? null : 'administrators'
}

/** Whether an actor may see, change and end an object: its owner and every administrator may, within their limit. */
export const mayUse = (actor: Actor, object: Owned): boolean =>
  reaches(actor, object.services) && (seesEverything(actor.role) || object.ownerId === actor.id)

/** Whether an actor may look at a run. The runs of the platform itself are shown to everybody. */
export const mayReadRun = (actor: Actor, run: Owned): boolean =>
  mayUse(actor, run) || (run.ownerId === platformActor.id && reaches(actor, run.services))

/**
 * The first of these permissions that an actor lacks, or null. Nobody can give a permission that they do not have: whoever makes an
 * account, an invitation or a key needs all permissions that it will have.
 */
const missingPermission = (
  actor: Pick<Actor, 'permissions'>,
  wanted: ReadonlySet<Permission>,
): Permission | null => [...wanted].find((permission) => !actor.permissions.has(permission)) ?? null

/** What a role lets somebody do: a built-in one, or a custom one in its place. */
export type HeldRights = { role: Role; custom: { permissions: readonly Permission[] } | null }

/** Why somebody does not stand over a role: a permission that they lack, or that only administrators stand over administrators. */
export type RankBarrier = { missing: Permission } | 'administrators'

/**
 * What keeps an actor from giving a role, and from managing whoever has it; null if nothing does. A custom role with all
 * permissions is less than an administrator, who also reaches what is other people's.
 */
export function rankBarrier(
  actor: Pick<Actor, 'role' | 'permissions'>,
  held: HeldRights,
): RankBarrier | null {
  const missing = missingPermission(actor, permissionsOf(held))
  if (missing !== null) return { missing }
  const isAdministrator = held.custom === null && seesEverything(held.role)
  return isAdministrator && !seesEverything(actor.role) ? 'administrators' : null
}

/**
 * Whether an actor may know the password of an account to which another server may give more rights at any time: whoever knew it would
 * have these rights too. Administrators alone.
 */
export const mayOpenRaised = (actor: Pick<Actor, 'role'>): boolean => seesEverything(actor.role)

/**
 * Whether an actor may choose what reaches everybody: what takes effect inside the processes and builds of all services, because such a
 * value can show them what their owners keep there, what ends their processes or deletes their data, and the limits that protect every
 * sign-in. Administrators alone.
 */
export const maySetForEverybody = (actor: Pick<Actor, 'role'>): boolean => seesEverything(actor.role)

/**
 * Whether an actor may choose at which address of the machine the gateway listens for a service: that can open a network which the
 * operator has not opened. Administrators alone, and of their keys those that may manage the gateway.
 */
export const mayOpenNetwork = (actor: Pick<Actor, 'role' | 'permissions'>): boolean =>
  seesEverything(actor.role) && actor.permissions.has('gateway.manage')

/**
 * Whether an actor may give model files and media of somebody to an algorithm: that person alone, and not with a key or token that is
 * limited to services. What an administrator may read beyond that is not theirs to give.
 */
export const mayGiveFiles = (actor: Pick<Actor, 'id' | 'serviceIds'>, ownerId: string): boolean =>
  actor.serviceIds === null && actor.id === ownerId

/** Which rows of a list an actor sees. Null means no restriction. */
export type VisibleRows = { ownerId: string | null; services: readonly string[] | null }

/** Restricts a list as {@link mayUse} restricts single objects. */
export const visibleRows = (actor: Actor): VisibleRows => ({
  ownerId: seesEverything(actor.role) ? null : actor.id,
  services: actor.serviceIds,
})

/** The key with which something is uploaded. Null for people and for keys without a limit, which act as their owner. */
export const limitedKeyOf = (actor: Actor): string | null =>
  actor.serviceIds === null ? null : (actor.key?.id ?? null)

/** What the policy knows of a media file. */
export type OwnedAsset = {
  ownerId: string
  /** The limited key that uploaded it. Null if none did. */
  keyId: string | null
  origin: 'upload' | 'example' | 'cover'
}

/** How a media file is in use. It decides only for limited keys and instances. */
export type AssetUse = {
  /** The services that have it as demo data. */
  demoOf: readonly string[]
  /** Whether the actor is an instance that lives. */
  isLive: boolean
  /** Whether it is in the input of a run that this instance is carrying out. */
  isInput: boolean
}

/** The use for actors for whom it does not matter. */
export const noAssetUse: AssetUse = { demoOf: [], isLive: false, isInput: false }

/** Whether the decision about a media file needs its uses. */
export const needsAssetUse = (actor: Actor): boolean => actor.kind === 'instance' || actor.serviceIds !== null

const isKeysOwn = (actor: Actor, asset: OwnedAsset): boolean =>
  asset.ownerId === actor.id && asset.keyId !== null && asset.keyId === limitedKeyOf(actor)

/**
 * Whether an actor may read a media file. People read their own, and what packages brought along;
 * administrators read all. A limited key reads what it uploaded itself, and the demo data of its services. An
 * instance reads the inputs of the runs that it is carrying out, and the demo data of its service while it lives.
 */
export function mayReadAsset(actor: Actor, asset: OwnedAsset, use: AssetUse): boolean {
  if (actor.kind === 'instance') return use.isLive && (use.isInput || use.demoOf.includes(actor.id))
  if (actor.serviceIds !== null)
    return isKeysOwn(actor, asset) || use.demoOf.some((id) => reaches(actor, [id]))
  return seesEverything(actor.role) || asset.ownerId === actor.id || asset.origin !== 'upload'
}

/** Whether an actor may change a media file that they may read. */
export const mayChangeAsset = (actor: Actor, asset: OwnedAsset): boolean =>
  actor.serviceIds === null
    ? seesEverything(actor.role) || asset.ownerId === actor.id
    : isKeysOwn(actor, asset)

/**
 * Whether a package of an algorithm may show a media file that it names by id: one of the algorithm's owner, or
 * one that a package brought along. What an administrator may read beyond that is not theirs to show.
 */
export const mayBeShownBy = (algorithm: { ownerId: string }, asset: OwnedAsset): boolean =>
  asset.origin !== 'upload' || asset.ownerId === algorithm.ownerId

/**
 * Whether a deploy may make such a file of the algorithm's owner demo data, which everybody sees: they ask for the deploy themselves, or
 * the key that asks has uploaded the file, or services of the algorithm show it already. Whoever may only push could otherwise read
 * what they know by its id alone. `giver` is null where nobody asks, as for a push that is deployed by itself.
 */
export const mayBecomeDemoData = (
  asset: OwnedAsset,
  { giver, shownBy }: { giver: Actor | null; shownBy: readonly string[] },
): boolean =>
  asset.origin !== 'upload' ||
  shownBy.length > 0 ||
  (giver !== null && (mayGiveFiles(giver, asset.ownerId) || isKeysOwn(giver, asset)))

/** Somebody who chooses what a service shows to everybody, and the owner of the service. */
export type Presenter = { actor: Pick<Actor, 'id'>; ownerId: string }

/**
 * Whether a presenter who may read a run or a media file may also show it to everybody: their own, those of the service's
 * owner, and those of the platform. What an administrator may read beyond that, such as what a visitor tried, is not
 * theirs to show.
 */
export const mayBePresented = ({ actor, ownerId }: Presenter, ofOwner: string): boolean =>
  [actor.id, ownerId, platformActor.id].includes(ofOwner)

/** Whether an actor may read what these services present to everybody who may see the showcase. */
export const mayReadPresented = (actor: Actor, presentedBy: readonly string[]): boolean =>
  actor.permissions.has('showcase.read') && presentedBy.some((id) => reaches(actor, [id]))
