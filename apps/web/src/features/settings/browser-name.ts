/** Names of browsers, those first that others also name. */
const browsers: [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\bMicroMessenger\//, 'WeChat'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^([\w.-]+)\//, '$1'],
]
const systems: [RegExp, string][] = [
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bHarmonyOS\b/, 'HarmonyOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

const nameIn = (text: string, table: [RegExp, string][]): string => {
  for (const [pattern, name] of table) {
    const found = pattern.exec(text)
    if (found) return name === '$1' ? (found[1] ?? '') : name
  }
  return ''
}

/** A browser's user agent as people name it: `Chrome · Windows`. Only for reading: anybody can send any text. Pure. */
export const browserName = (userAgent: string | null): string => {
  const text = userAgent ?? ''
  return (
    [nameIn(text, browsers), nameIn(text, systems)].filter(Boolean).join(' · ') || text.slice(0, 40) || '–'
  )
}
