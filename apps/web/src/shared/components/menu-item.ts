import type { Component } from 'vue'

/** An item of a menu. `divided` draws a line above it. */
export type MenuItem<Command extends string> = {
  command: Command
  text: string
  icon?: Component
  disabled?: boolean
  divided?: boolean
}
