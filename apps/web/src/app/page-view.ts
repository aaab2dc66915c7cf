import { cloneVNode, h, type FunctionalComponent, type VNode } from 'vue'
import { RouterView, type RouteLocationNormalizedLoaded } from 'vue-router'

type Shown = { Component: VNode | undefined; route: RouteLocationNormalizedLoaded }

/**
 * The page of the address. A page about one thing (`:id`) begins anew for another: the router would keep it, and with it what
 * was entered for the first thing, when a command leads from one to the next.
 */
export const PageView: FunctionalComponent = () =>
  h(RouterView, null, {
    default: ({ Component, route }: Shown) =>
      Component && cloneVNode(Component, { key: String(route.params.id ?? '') }),
  })
