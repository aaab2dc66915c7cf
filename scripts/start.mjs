// Behind `npm start`: starts the platform on a machine that has only Node and npm. It needs no package.
import { join } from 'node:path'
import { prepare } from './lib/prepare.mjs'
import { prepareMachine } from './lib/prepare-machine.mjs'
import { startPlatform } from './lib/start-platform.mjs'
import { exampleNeeds, startNeeds } from './lib/system-packages.mjs'
import { runMain } from './lib/words.mjs'

const root = join(import.meta.dirname, '..')

await runMain(() =>
  startPlatform({
    root,
    prepare: ({ settings, steps }) => prepare({ root, needs: startNeeds, settings, steps }),
    growMachine: ({ settings, steps }, signal) =>
      prepareMachine({ needs: exampleNeeds, allowed: settings.systemPackages, steps, signal }),
  }),
)
