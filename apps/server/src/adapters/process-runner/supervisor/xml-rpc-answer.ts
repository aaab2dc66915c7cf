/** A value of XML-RPC, as far as this client supports it. */
export type XmlRpcValue = string | number | boolean | null | XmlRpcValue[] | { [name: string]: XmlRpcValue }

/** A fault: `code` is the server's own number. */
export class XmlRpcFault extends Error {
  readonly code: number
  constructor(code: number, text: string) {
    super(text)
    this.name = 'XmlRpcFault'
    this.code = code
  }
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescapeText(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(#x?[0-9a-fA-F]+|[a-z]+);/g, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(parseInt(name.slice(2), 16))
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)))
    return entities[name] ?? whole
  })
}

/**
 * Reads an answer from its beginning to its end, tag by tag. It makes no tree of elements and uses no pattern: an answer
 * about hundreds of programs has tens of thousands of tags, and one is read every few seconds.
 */
class AnswerReader {
  readonly #xml: string
  #at = 0
  /** The text between the last tag and the one before it. */
  #text = ''

  constructor(xml: string) {
    this.#xml = xml
  }

  /** The next tag without its brackets, such as `value`, `/value` or `nil/`. Declarations and comments are passed over. */
  #next(): string {
    for (;;) {
      const begin = this.#xml.indexOf('<', this.#at)
      const end = begin === -1 ? -1 : this.#xml.indexOf('>', begin)
      if (end === -1) throw new Error('XML-RPC answer is cut off')
      this.#text = this.#xml.slice(this.#at, begin)
      this.#at = end + 1
      const tag = this.#xml.slice(begin + 1, end)
      if (!tag.startsWith('?') && !tag.startsWith('!')) return tag
    }
  }

  #expect(wanted: string): void {
    const tag = this.#next()
    if (tag !== wanted) throw new Error(`XML-RPC answer has <${tag}> in place of <${wanted}>`)
  }

  /** The text of an element whose opening tag was read. */
  #textOf(name: string): string {
    this.#expect(`/${name}`)
    return this.#text
  }

  /** The value of the whole answer. Throws {@link XmlRpcFault} if it is a fault. */
  read(): XmlRpcValue {
    this.#expect('methodResponse')
    const kind = this.#next()
    if (kind === 'fault') throw this.#fault()
    if (kind !== 'params') throw new Error(`XML-RPC answer has <${kind}> in place of <params>`)
    this.#expect('param')
    const value = this.#value(this.#next())
    for (const tag of ['/param', '/params', '/methodResponse']) this.#expect(tag)
    return value
  }

  #fault(): XmlRpcFault {
    const what = this.#value(this.#next())
    const read = (name: string) =>
      what !== null && typeof what === 'object' && !Array.isArray(what) ? what[name] : null
    return new XmlRpcFault(Number(read('faultCode')), String(read('faultString')))
  }

  /** The value that begins with this tag, up to its end. */
  #value(tag: string): XmlRpcValue {
    if (tag === 'value/') return ''
    if (tag !== 'value') throw new Error(`XML-RPC answer has <${tag}> in place of <value>`)
    const type = this.#next()
    if (type === '/value') return unescapeText(this.#text)
    const value = this.#typed(type)
    this.#expect('/value')
    return value
  }

  #typed(type: string): XmlRpcValue {
    switch (type) {
      case 'int':
      case 'i4':
      case 'i8':
      case 'double':
        return Number(this.#textOf(type))
      case 'boolean':
        return this.#textOf(type).trim() === '1'
      case 'nil/':
        return null
      case 'string/':
        return ''
      case 'array':
        return this.#array()
      case 'struct':
        return this.#struct()
      default:
        return unescapeText(this.#textOf(type))
    }
  }

  #array(): XmlRpcValue[] {
    const values: XmlRpcValue[] = []
    this.#expect('data')
    for (let tag = this.#next(); tag !== '/data'; tag = this.#next()) values.push(this.#value(tag))
    this.#expect('/array')
    return values
  }

  #struct(): { [name: string]: XmlRpcValue } {
    const members: [string, XmlRpcValue][] = []
    for (let tag = this.#next(); tag !== '/struct'; tag = this.#next()) {
      if (tag !== 'member') throw new Error(`XML-RPC answer has <${tag}> in place of <member>`)
      this.#expect('name')
      const name = unescapeText(this.#textOf('name'))
      members.push([name, this.#value(this.#next())])
      this.#expect('/member')
    }
    return Object.fromEntries(members)
  }
}

/** Parses the value of an answer. Throws {@link XmlRpcFault} if the answer is a fault. */
export const parseAnswer = (xml: string): XmlRpcValue => new AnswerReader(xml).read()
