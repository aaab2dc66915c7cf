import { describe, expect, test } from 'vitest'
import { runsTypeScript } from '../launch/script-files.ts'
import { inspect, startOf, type Files } from '../package.test-view.ts'

describe('a Node server', () => {
  const express = '"dependencies": {"express": "^4"}'
  test.each<[string, Files, [string, string, string]]>([
    [
      'by its start script',
      { 'package.json': `{${express}, "scripts": {"start": "node src/server.js"}}`, 'src/server.js': '' },
      ['node-server', 'npm start', 'node src/server.js'],
    ],
    [
      'by its main file',
      { 'package.json': `{${express}, "main": "./app"}`, 'app.js': '' },
      ['node-server', 'app.js', 'node app.js'],
    ],
    [
      'by a usual name',
      { 'package.json': `{${express}}`, 'server.js': '' },
      ['node-server', 'server.js', 'node server.js'],
    ],
    [
      'by a usual name in TypeScript, by the tool that it lists',
      {
        'package.json': `{${express}, "devDependencies": {"tsx": "4"}}`,
        'src/index.tsx': 'app.listen(process.env.PORT)',
      },
      ['node-server', 'src/index.tsx', 'tsx src/index.tsx'],
    ],
    [
      'by its main file in TypeScript, by the tool that it lists',
      {
        'package.json': `{${express}, "main": "app.ts", "devDependencies": {"ts-node": "10"}}`,
        'app.ts': '',
      },
      ['node-server', 'app.ts', 'ts-node app.ts'],
    ],
  ])('is started %s', async (_name, files, expected) => {
    expect(await startOf(files)).toEqual(expected)
  })

  const typescript = '"devDependencies": {"typescript": "5"}'
  test.each<[string, Files, string[]]>([
    [
      'a build that nothing makes',
      { 'package.json': `{${express}, "scripts": {"start": "node dist/main.js"}}` },
      ['launch.needs_build'],
    ],
    [
      'npm, which services do not have',
      { 'package.json': `{${express}, "scripts": {"start": "npm run go"}}` },
      ['launch.needs_build'],
    ],
    ['nothing else', { 'package.json': `{${express}, "scripts": {"start": "node a.js"}}`, 'a.js': '' }, []],
  ])('whose start needs %s', async (_name, files, codes) => {
    expect((await inspect(files)).problems.map(({ code }) => code)).toEqual(codes)
  })

  test.each<[string, Files, string[], string]>([
    [
      'by its script',
      { 'package.json': `{${express}, "scripts": {"start": "node dist/main.js", "build": "tsc -p ."}}` },
      ['npm run build'],
      'node dist/main.js',
    ],
    [
      'by the compiler of TypeScript, if it has no script',
      {
        'package.json': `{${express}, ${typescript}, "scripts": {"start": "node dist/main.js"}}`,
        'tsconfig.json': '{}',
      },
      ['npx tsc'],
      'node dist/main.js',
    ],
    [
      'by what its start script would do at each start',
      { 'package.json': `{${express}, "scripts": {"start": "rimraf dist && tsc && node dist/main.js"}}` },
      ['npx rimraf dist', 'npx tsc'],
      'node dist/main.js',
    ],
    [
      'not at all, if it is there',
      {
        'package.json': `{${express}, "scripts": {"start": "node dist/main.js", "build": "tsc"}}`,
        'dist/main.js': '',
      },
      [],
      'node dist/main.js',
    ],
    [
      'not at all, if its start runs TypeScript itself',
      {
        'package.json': `{${express}, "scripts": {"start": "nodemon --watch src --exec 'ts-node' src/a.ts", "build": "tsc"}}`,
        'src/a.ts': '',
      },
      [],
      'ts-node src/a.ts',
    ],
  ])('of TypeScript is built %s', async (_name, files, build, start) => {
    const { problems, manifest } = await inspect(files)
    expect(problems).toEqual([])
    expect(manifest?.launch?.build?.map(({ command }) => command) ?? []).toEqual(build)
    expect(manifest?.launch?.start).toBe(start)
  })

  test.each([
    ['pnpm-lock.yaml', "lockfileVersion: '9.0'\n", 'pnpm 10.28.2'],
    ['pnpm-lock.yaml', "lockfileVersion: '6.0'\n", 'pnpm 8.15.9'],
    ['yarn.lock', '# yarn lockfile v1\n', 'Yarn 1.22.22'],
    ['yarn.lock', '__metadata:\n  version: 8\n', 'Yarn 4.12.0'],
    ['package-lock.json', '{}', 'npm'],
  ])('with the lock file %s is installed as it says', async (lock, text, manager) => {
    const { because } = await inspect({ 'package.json': `{${express}}`, 'server.js': '', [lock]: text })
    expect(because).toContain(`Dependencies are installed by ${manager} as ${lock} says`)
  })

  test('with a lock file that is not read says so', async () => {
    const { warnings } = await inspect({ 'package.json': `{${express}}`, 'server.js': '', 'bun.lock': '{}' })
    expect(warnings.map(({ code }) => code)).toContain('launch.lock_unread')
  })

  test('in a folder of a workspace is installed and built from where its lock file is', async () => {
    const { manifest, because } = await inspect({
      'package.json': '{"private": true, "workspaces": ["apps/*"], "packageManager": "pnpm@9.1.0"}',
      'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
      'apps/api/package.json':
        '{"dependencies": {"express": "4", "@x/shared": "workspace:*"}, "scripts": {"start": "node dist/main.js", "build": "tsc"}}',
      'libs/shared/package.json':
        '{"name": "@x/shared", "dependencies": {"@x/shared": "*"}, "scripts": {"compile": "tsc"}}',
    })
    expect(manifest?.launch).toMatchObject({
      folder: 'apps/api',
      build: [
        { folder: 'libs/shared', command: 'npm run compile' },
        { folder: 'apps/api', command: 'npm run build' },
      ],
    })
    expect(because).toContain('Dependencies are installed by pnpm 9.1.0 as pnpm-lock.yaml says')
  })

  test('that is written for development is started by its script for production, or without its watcher', async () => {
    const scripts = '"scripts": {"start": "nest start", "start:prod": "node dist/main"}'
    const nest = {
      'package.json': `{"dependencies": {"@nestjs/core": "10"}, ${scripts}}`,
      'dist/main.js': '',
    }
    expect(await startOf(nest)).toEqual(['node-server', 'npm run start:prod', 'node dist/main'])
    const watched = { 'package.json': `{${express}, "scripts": {"start": "nodemon app.js"}}`, 'app.js': '' }
    expect((await startOf(watched))[2]).toBe('node app.js')
  })

  const bare =
    "const { createServer } = require('node:http')\ncreateServer((q, r) => r.end('x')).listen(process.env.PORT)\n"
  test.each<[string, Files, [string, string, string]]>([
    [
      'by its start script',
      { 'package.json': '{"scripts": {"start": "node ./src/web.js"}}', 'src/web.js': bare },
      ['node-server', 'npm start', 'node ./src/web.js'],
    ],
    [
      'by its main file',
      { 'package.json': '{"main": "lib/serve.js"}', 'lib/serve.js': bare },
      ['node-server', 'lib/serve.js', 'node lib/serve.js'],
    ],
    [
      'by the file that listens, if its start script is a tool',
      {
        'package.json': '{"scripts": {"start": "vite"}}',
        'api.mjs': bare.replace(/const (.*) = require\((.*)\)/, 'import $1 from $2'),
      },
      ['node-server', 'api.mjs', 'node api.mjs'],
    ],
    [
      'by the file alone, without package.json',
      { 'a/serve.js': bare },
      ['node-server', 'a/serve.js', 'node a/serve.js'],
    ],
  ])('without a framework is found by its code and started %s', async (_name, files, expected) => {
    expect(await startOf(files)).toEqual(expected)
  })

  test('without a framework is none if its code only asks others, or only a comment listens', async () => {
    const asks = "require('http').get('http://x')\nemitter.listen(1)\n"
    const said = "// require('http').createServer().listen(1)\n"
    const files = { 'package.json': '{"main": "a.js"}', 'a.js': asks, 'b.js': said }
    expect(await startOf(files)).toEqual([null])
  })

  test('is not one without a framework for servers, and names of objects are no frameworks', async () => {
    expect(
      await startOf({ 'package.json': '{"dependencies":{"constructor":"1","react":"18"}}', 'index.js': '' }),
    ).toEqual([null])
  })

  test('in TypeScript that only exports its application, for the servers of a cloud, is none', async () => {
    const files = {
      'package.json': '{"dependencies": {"hono": "^4"}}',
      'src/index.ts': 'export default app\n',
    }
    expect(await startOf(files)).toEqual([null])
  })

  test('in TypeScript that is run as it is has its fixed port changed', async () => {
    const { warnings, manifest } = await inspect({
      'package.json': `{${express}, "scripts": {"start": "tsx src/index.ts"}, "devDependencies": {"tsx": "4"}}`,
      'src/index.ts':
        "import express from 'express'\nconst app: express.Express = express()\napp.listen(3000)\n",
    })
    expect(manifest?.launch).toMatchObject({ start: 'tsx src/index.ts', keepsDevelopment: true })
    expect(warnings).toMatchObject([{ code: 'launch.adapted', path: 'src/index.ts', line: 3 }])
  })
})

test('Node runs TypeScript as it is since 22.18 and 23.6', () => {
  const versions = ['20.19.0', '22.17.1', '22.18.0', '23.5.0', '23.6.0', '24.0.0']
  expect(versions.filter((version) => runsTypeScript(version))).toEqual(['22.18.0', '23.6.0', '24.0.0'])
})
