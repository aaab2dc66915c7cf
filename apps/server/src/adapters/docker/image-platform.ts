/** A platform in the one form that all its names have: system, processor, and the variant of the processor where it matters. */
type ImagePlatform = { os: string; architecture: string; variant: string }

/** Other names of processors, with the variant that some of them state. */
const processors: ReadonlyMap<string, readonly [name: string, variant?: string]> = new Map([
  ['x86_64', ['amd64']],
  ['x86-64', ['amd64']],
  ['aarch64', ['arm64']],
  ['i386', ['386']],
  ['armhf', ['arm', 'v7']],
  ['armel', ['arm', 'v6']],
] as const)

/** The variants that go without saying. */
const usualVariants: ReadonlyMap<string, string> = new Map([
  ['amd64', 'v1'],
  ['arm64', 'v8'],
  ['arm', 'v7'],
])

/** Brings the names of a platform into one form, as Docker does: `linux/arm64` and `linux/aarch64/v8` are the same. Pure. */
function platformFrom({
  os,
  architecture,
  variant = '',
}: {
  os: string
  architecture: string
  variant?: string | undefined
}): ImagePlatform {
  const given = architecture.toLowerCase()
  const [name, ofName = ''] = processors.get(given) ?? [given]
  const stated = variant.toLowerCase().replace(/^(?=\d)/, 'v')
  return {
    os: os.toLowerCase(),
    architecture: name,
    variant: stated || ofName || (usualVariants.get(name) ?? ''),
  }
}

/** Reads what `--platform` names. Null for a name in parts of which Docker would guess one from its own machine. Pure. */
function platformNamed(name: string): ImagePlatform | null {
  const [os = '', architecture = '', variant, more] = name.split('/')
  return os === '' || architecture === '' || more !== undefined
    ? null
    : platformFrom({ os, architecture, variant })
}

/** Whether two names, or none, mean the same platform. Pure. */
export function isSamePlatform(one: string | null, other: string | null): boolean {
  if (one === other) return true
  const [first, second] = [one, other].map((name) => (name === null ? null : platformNamed(name)))
  return Boolean(first && second) && JSON.stringify(first) === JSON.stringify(second)
}
