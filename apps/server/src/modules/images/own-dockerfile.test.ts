import { describe, expect, test } from 'vitest'
import { instructionsOf } from './dockerfile-lines.ts'
import { basesOf, refusedLines } from './own-dockerfile.ts'

const refused = (...lines: string[]) => refusedLines(lines.join('\n')).map(({ line, why }) => [line, why.en])

test('an instruction goes on where its line ends with the escape sign, and comments between are left out', () => {
  const text =
    'FROM python:3.13\n\nRUN apt-get update \\\n  # for pictures\n  && apt-get install -y ffmpeg\nCMD ["serve"]'
  expect(instructionsOf(text).map(({ line, name }) => [line, name])).toEqual([
    [1, 'FROM'],
    [3, 'RUN'],
    [6, 'CMD'],
  ])
})

test('a usual Dockerfile is built', () => {
  expect(
    refused(
      '# syntax=docker/dockerfile:1',
      'FROM python:3.13-slim AS build',
      'ARG VERSION=1',
      'WORKDIR /app',
      'COPY --chown=1000:1000 . .',
      'ADD weights.tar.gz /models/',
      'RUN pip install -r requirements.txt && echo --network=host',
      'FROM python:3.13-slim',
      'COPY --from=build /app /app',
      'USER 1000',
      'CMD ["python", "app.py"]',
    ),
  ).toEqual([])
})

test.each([
  ['RUN --security=insecure make', /walls of a container/],
  ['run --network=host curl http://127.0.0.1', /network of the machine/],
  ['RUN --mount=type=ssh git clone git@example.com:a.git', /secrets/],
  ['RUN --mount=type=secret,id=key cat /run/secrets/key', /secrets/],
  [
    'RUN --mount=type=cache,target=/root/.cache \\\n  --network=host pip install flask',
    /network of the machine/,
  ],
  ['RUN --mount=type=cache,target=/root/.cache pip install flask', /BuildKit/],
  ['RUN <<EOF\nmake\nEOF', /BuildKit/],
  ['ONBUILD RUN --security=insecure make', /walls of a container/],
  ['ADD http://169.254.169.254/latest/meta-data /x', /past the limits of the network/],
  ['ADD ["https://example.com/x.tar", "/x"]', /past the limits of the network/],
  ['ADD git@github.com:a/b.git /x', /past the limits of the network/],
])('%s is refused, with its line', (line, why) => {
  expect(refused('FROM debian:13', '', line)[0]).toEqual([3, expect.stringMatching(why)])
})

// Docker replaces variables, quotes and escapes, and joins continued lines with nothing between.
test.each([
  ['ADD $U /c', /plain paths/],
  ['ADD ${U} /c', /plain paths/],
  ['ADD ht\\\ntp://a/b /c', /past the limits/],
  ['ADD \\\n\n  # where it is\n  http://a/b /c', /past the limits/],
  ['AD\\\nD http://a/b /c', /past the limits/],
  ['ADD ht"tp"://a/b /c', /plain paths/],
  ["ADD ht'tp'://a/b /c", /plain paths/],
  ['ADD h\\ttp://a/b /c', /plain paths/],
  ['ADD ["\\u0068ttp://a/b", "/c"]', /plain paths/],
  ['ADD ["a", "/c"', /plain paths/],
  ['ADD a//b:c /c', /plain paths/],
  ['ADD --checksum=sha256:0 a /c', /plain paths/],
  ['ADD <<EOF /c\nx\nEOF', /BuildKit/],
  ['ONBUILD ADD $U /c', /plain paths/],
  ['ONBU\u0130LD ADD http://a/b /c', /no such instruction/],
  ['RUN echo \\\\\nADD http://a/b /c', /two backslashes/],
  ['\u0085ADD http://a/b /c', /control character/],
  ['RUN echo\r ADD http://a/b /c', /control character/],
  ['ADD\u3000a /c', /space other than the usual/],
  ['RUN cat <<EOF\nEOF', /BuildKit/],
  ['COPY --fr"om"=debian:13 / /c', /options have quotes/],
])('%j is refused, whatever Docker makes of it', (lines, why) => {
  expect(refused('ARG U=http://169.254.169.254/x', 'FROM debian:13', lines)).toContainEqual([
    3,
    expect.stringMatching(why),
  ])
})

// A command that does nothing would be taken from the cache in place of a step that copies files into somebody else's image.
test.each([
  'RUN #(nop) COPY dir:0123 in /app ',
  'RUN ["/bin/sh", "-c", "#(nop) COPY dir:0123 in /app "]',
  'RUN ["/bin/sh", "-c", "#(nop) ", "COPY dir:0123 in /app "]',
  'RUN ["/bin/sh", "-c", "\\u0023(\\u006Eop) COPY dir:0123 in /app "]',
  'RUN #(no\\\np) WORKDIR /app',
  'ONBUILD RUN #(nop) COPY dir:0123 in /app',
  'SHELL ["/bin/sh", "-c", "#(nop) "]',
])('%j is refused: it looks like a step of the builder', (line) => {
  expect(refused('FROM debian:13', line)).toEqual([[2, expect.stringMatching(/steps with #\(nop\)/)]])
})

test.each([
  'ADD a.tar.gz b*.zip /models/',
  'ADD ["a.tar.gz", "/models/"]',
  'ADD --chown=1000:1000 权重/模型.bin ${HOME}/',
])('%s is built: its sources are plain paths', (line) => {
  expect(refused('FROM debian:13', line)).toEqual([])
})

test.each(['# escape=`', '# c\n# escape=`', '#ESCAPE = `', '# escape=\\n'])(
  'another escape sign is refused: %j',
  (first) => {
    const at = first.split('\n').length
    expect(refused(first, 'FROM debian:13', 'ADD \\', 'http://a/b /c')[0]).toEqual([
      at,
      expect.stringMatching(/only a backslash/),
    ])
  },
)

test('the usual escape sign may be stated', () => {
  expect(refused('# escape=\\', 'FROM debian:13', 'RUN a \\', '  b')).toEqual([])
})

describe('the image of somebody else’s service is neither a base nor copied from', () => {
  const service = /image of a service/
  const unclear = /not clear which image/

  test.each([
    ['FROM vitrine-0123456789ab/secret:3', service],
    ['FROM registry.example:5000/team/vitrine-0123456789ab/secret:3', service],
    ['ARG R=registry.example\nFROM $R/vitrine-0123456789ab/secret@sha256:0123', service],
    ['from --platform=linux/amd64 vitrine-0123456789ab/secret:3 AS x', service],
    ['FROM docker.io/vitrine-0123456789ab/secret:3', service],
    ['ARG B=vitrine-0123456789ab\nFROM $B/secret:3', service],
    ['ARG B=vitrine\nFROM ${B}-0123456789ab/secret:3', service],
    ['ARG B="vitrine-0123456789ab"\nFROM $B/secret:3', service],
    ['FROM debian:13\nCOPY --from=vitrine-0123456789ab/secret:3 / /x', service],
    ['FROM debian:13\nONBUILD COPY --from=vitrine-0123456789ab/secret:3 / /x', service],
    ['ARG B=python\nARG B=vitrine-0123456789ab\nFROM $B', unclear],
    ['ARG B="a C=python"\nFROM ${C}vitrine-0123456789ab/secret:3', unclear],
    ['ARG A=vitrine-0123456789ab\nARG B=$A\nFROM $B', unclear],
    ['FROM ${B:-vitrine-0123456789ab}', service],
    ['FROM python:$B', unclear],
    ['FROM python:${B:+3.13}', unclear],
    ['FROM "vitrine-0123456789ab/secret:3"', unclear],
    ['FROM vit\\rine-0123456789ab/secret:3', unclear],
    ['FROM sha256:0123', unclear],
    ['FROM 0123456789ab', unclear],
    ['FROM debian:13\nCOPY --from=1 / /x', unclear],
    ['FROM debian:13\nCOPY --from=$B / /x', unclear],
  ])('%j', (text, why) => {
    expect(refused(text).map(([, en]) => en)).toEqual([expect.stringMatching(why)])
  })

  test('stages, names of registries and defaults at the top are clear', () => {
    expect(
      refused(
        'ARG VERSION=3.13 KIND',
        "ARG BASE='debian:13'",
        'FROM --platform=$BUILDPLATFORM python:${VERSION}-slim AS vitrine-build',
        'FROM $BASE AS ab',
        'COPY --from=vitrine-build /a /a',
        'COPY --from=0 /a /b',
        'FROM ab',
        'FROM python:${VERSION:-3.13}',
        'FROM ${OTHER:-python:3.13}',
        'FROM registry.example.com:5000/vitrine-x/y@sha256:0123',
      ),
    ).toEqual([])
  })
})

test('where administrators name the images that Dockerfiles may use, others are neither a base nor copied from', () => {
  const allowed = ['python', 'registry.example/team/*']
  const whys = (...lines: string[]) => refusedLines(lines.join('\n'), { allowed }).map(({ why }) => why.en)
  expect(
    whys(
      'ARG TAG=3.13',
      'FROM python:$TAG AS build',
      'FROM scratch AS empty',
      'FROM registry.example/team/tools@sha256:0123',
      'COPY --from=build /a /a',
      'COPY --from=0 /b /b',
      'COPY --from=python:3.13 /c /c',
    ),
  ).toEqual([])
  const others = [
    ['FROM registry.example/payroll:latest'],
    ['FROM payroll'],
    ['FROM python', 'COPY --from=payroll:latest / /x'],
    ['FROM python', 'ONBUILD COPY --from=payroll / /x'],
    ['ARG B=payroll', 'FROM $B'],
  ]
  for (const lines of others)
    expect([lines, whys(...lines)]).toEqual([
      lines,
      [expect.stringMatching(/only these images here: python, /)],
    ])
})

describe('a registry that only the daemon would reach is not asked', () => {
  const inside = /this machine or in a private network/

  test.each([
    'FROM 127.0.0.1:8000/x',
    'FROM localhost:8000/x',
    'FROM localhost/x',
    'FROM LOCALHOST:5000/x:1',
    'FROM a.localhost/x',
    'FROM registry:5000/x',
    'FROM ip6-localhost:80/x',
    'FROM host.docker.internal:5000/x',
    'FROM registry.lan/x',
    'FROM 169.254.169.254/latest:1',
    'FROM 10.0.0.1/a/b@sha256:0123',
    'FROM 127.1:80/x',
    'FROM 0x7f.1/x',
    'ARG R=192.168.0.1:5000\nFROM $R/x',
    'FROM debian:13\nCOPY --from=127.0.0.1:8000/x / /x',
    'FROM debian:13\nONBUILD COPY --from=10.0.0.1/x / /x',
  ])('%j', (text) => {
    expect(refused(text).map(([, en]) => en)).toEqual([expect.stringMatching(inside)])
  })

  test('public ones are, names on Docker Hub, and those that the administrator has named', () => {
    expect(refused('FROM 1.1.1.1/x', 'FROM ghcr.io/a/b:1', 'FROM 3/x', 'FROM localhosts/x')).toEqual([])
    const text = 'FROM 10.0.0.1:5000/team/base'
    expect(refusedLines(text, { registries: ['10.0.0.1:5000'] })).toEqual([])
    expect(refusedLines(text, { registries: ['10.0.0.1'] })).toHaveLength(1)
  })
})

test('an image for two platforms is refused: which one is here would change while it is built', () => {
  const one = 'FROM --platform=linux/arm64 someone/tools AS a'
  expect(refused(one, 'FROM someone/tools')).toEqual([[2, expect.stringMatching(/two platforms/)]])
  expect(refused(one, 'FROM a', 'FROM --platform=linux/arm64 someone/tools')).toEqual([])
  expect(refused(one, 'FROM --platform=linux/aarch64/v8 someone/tools')).toEqual([])
  expect(refused(one, 'FROM --platform=linux/arm/v7 someone/tools')).toHaveLength(1)
})

test('a stage whose instructions would be run in another one is no base', () => {
  const base = ['FROM python:3.13 AS Base', 'ONBUILD COPY . /app']
  expect(refused(...base)).toEqual([])
  expect(refused('ARG B=base', ...base, 'FROM python:3.13', 'COPY --from=base /a /b', 'FROM $B')).toEqual([
    [6, expect.stringMatching(/stage has instructions of its own/)],
  ])
})

test('stages and images are found after variables are replaced, as Docker does it', () => {
  const text = [
    'ARG KIND=cpu',
    'ARG EMPTY=',
    'ARG NONE',
    'ARG NOTHING=scratch',
    'FROM python:3.13 AS base-cpu',
    'FROM base-${KIND}',
    'FROM $NOTHING',
    'FROM debian:13${EMPTY}',
    'FROM node:${NONE:-22}',
    'FROM ruby:${EMPTY:-3}',
    'FROM ${NONE:-php:8}',
  ].join('\n')
  expect(refusedLines(text)).toEqual([])
  expect(basesOf(text).map(({ name }) => name)).toEqual([
    'python:3.13',
    'debian:13',
    'node:22',
    'ruby:3',
    'php:8',
  ])
  expect(refused('ARG V', 'ARG V=3', 'FROM python:${V:-4}')).toHaveLength(1)
})

test('what a Dockerfile is based on has the names and platforms that Docker finds', () => {
  const text = [
    'ARG V=3.13 KIND',
    'FROM --platform=$BUILDPLATFORM python:${V}-Slim AS Build',
    'ARG V=2',
    'FROM build',
    'FROM scratch',
    'from --platform=linux/arm64 registry.example:5000/a/b:${OTHER:-1}',
  ]
  expect(basesOf(text.join('\n')).map(({ name, platform }) => [name, platform])).toEqual([
    ['python:3.13-Slim', null],
    ['registry.example:5000/a/b:1', 'linux/arm64'],
  ])
})
