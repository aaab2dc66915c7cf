/** A branch or a tag, as the API wants to know it. */
export type ChosenRef = { branch: string } | { tag: string }

/** What a choice in a list of branches and tags means: its value has the kind in front. Pure. */
export function refOf(value: string): ChosenRef {
  const [kind, ...name] = value.split(':')
  return kind === 'tag' ? { tag: name.join(':') } : { branch: name.join(':') }
}
