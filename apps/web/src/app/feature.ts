import type { Component } from 'vue'
import type { Permission } from '@vitrine/contract'
import type { RouteRecordRaw } from 'vue-router'

/** A part of the application: its pages (loaded when visited) and its place in the navigation. */
export type Feature = {
  routes: RouteRecordRaw[]
  nav?: {
    titleKey: string
    path: string
    icon: Component
    /** Shown only to those who may; absent: to everybody signed in. */
    permission?: Permission
    /** Smaller comes first. */
    order: number
  }
}

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's title. */
    titleKey?: string
    /** Visible without signing in. */
    public?: boolean
    /** Without navigation around it. */
    bare?: boolean
    /** Needed to see the page. */
    permission?: Permission
  }
}

const modules = import.meta.glob<{ feature: Feature }>('../features/*/feature.ts', { eager: true })

/** All features; each `features/<noun>/feature.ts` exports one as `feature`. */
export const features: readonly Feature[] = Object.values(modules).map((module) => module.feature)
