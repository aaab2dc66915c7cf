import type { Component } from 'vue'
import type { Permission } from '@vitrine/contract'
import type { RouteRecordRaw } from 'vue-router'

/** The groups of the navigation, by who needs them, in their order. */
export const navGroups = ['show', 'algorithms', 'operate', 'manage'] as const
/** A group of the navigation. */
export type NavGroup = (typeof navGroups)[number]

/** A part of the application: its pages (loaded when visited) and its entry in the navigation. */
export type Feature = {
  routes: RouteRecordRaw[]
  nav?: {
    titleKey: string
    path: string
    icon: Component
    /** The permission that is needed to see the entry. Without one, every signed-in person sees it. */
    permission?: Permission
    group: NavGroup
    /** In its group, smaller numbers come first. */
    order: number
  }
}

declare module 'vue-router' {
  interface RouteMeta {
    /** The translation key of the page's title. */
    titleKey?: string
    /** Visible without signing in. */
    public?: boolean
    /** Shown without the navigation. */
    bare?: boolean
    /** Needed to see the page. */
    permission?: Permission
  }
}

const modules = import.meta.glob<{ feature: Feature }>('../features/*/feature.ts', { eager: true })

type NavEntry = NonNullable<Feature['nav']>

/** The groups of the navigation of which somebody sees at least one entry, each with these entries. Pure. */
export const shownNav = (
  all: readonly Feature[],
  may: (permission: Permission) => boolean,
): { name: NavGroup; items: NavEntry[] }[] => {
  const entries = all
    .flatMap(({ nav }) => (nav === undefined ? [] : [nav]))
    .filter(({ permission }) => permission === undefined || may(permission))
    .sort((a, b) => a.order - b.order)
  return navGroups
    .map((name) => ({ name, items: entries.filter(({ group }) => group === name) }))
    .filter(({ items }) => items.length > 0)
}

/** All features; each `features/<noun>/feature.ts` exports one as `feature`. */
export const features: readonly Feature[] = Object.values(modules).map((module) => module.feature)
