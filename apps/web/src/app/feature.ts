import type { Component } from 'vue'
import type { Permission } from '@vitrine/contract'
import type { RouteRecordRaw } from 'vue-router'

/** A part of the application: its pages (loaded when visited) and its entry in the navigation. */
export type Feature = {
  routes: RouteRecordRaw[]
  nav?: {
    titleKey: string
    path: string
    icon: Component
    /** The permission that is needed to see the entry. Without one, every signed-in person sees it. */
    permission?: Permission
    /** Smaller numbers come first. */
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

/** All features; each `features/<noun>/feature.ts` exports one as `feature`. */
export const features: readonly Feature[] = Object.values(modules).map((module) => module.feature)
