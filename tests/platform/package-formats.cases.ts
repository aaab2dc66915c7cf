import { beforeAll, expect, test } from 'vitest'
import type { PackageForm } from '@vitrine/contract'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { cogPackage, command, echo, fastApiApp, nodePackage, pythonPackage } from './packages.ts'

/** Each form of a package is deployed and answers. */
export function packageFormatCases(world: InWorld): void {
  let admin: ApiClient

  beforeAll(() => {
    ;({ admin } = world())
  })

  type Case = { form: PackageForm; files: PackageFiles; input: unknown; answer: unknown }
  const output = (kind: string, data: unknown) => ({
    status: 'succeeded',
    predictions: [{ outputs: [{ kind, data }] }],
  })
  const cases: Case[] = [
    { form: 'single-file', files: echo(), input: 'x', answer: output('text', 'echo:x') },
    { form: 'python-package', files: pythonPackage, input: 21, answer: output('number', { value: 42 }) },
    { form: 'asgi-app', files: fastApiApp, input: 'x', answer: { own: ['x'] } },
    { form: 'cog-package', files: cogPackage, input: { text: 'hey' }, answer: output('text', 'HEY!') },
    { form: 'node-package', files: nodePackage, input: 'abc', answer: output('text', 'cba') },
    { form: 'command', files: command, input: 'x', answer: { own: ['x'] } },
  ]

  test.each(cases)(
    'a package of the form $form is recognised, deployed and answers',
    async ({ form, files, input, answer }) => {
      expect(await admin.inspect(files)).toMatchObject({ recognised: form, problems: [] })
      expect(await admin.publish(form, files)).toMatchObject({
        status: 'RUNNING',
        health: 'READY',
        reason: null,
      })
      const response = await admin.predict(form, [input])
      expect(await response.json()).toMatchObject({ ...Object(answer) })
      expect(response.status).toBe(200)
    },
    120_000,
  )
}
