/** A name as it is abbreviated: first and last, without titles. */
const TITLES = ['dr', 'prof', 'mr', 'mrs', 'ms', 'md', 'phd', 'med', 'dipl', 'as', 'asist', 'kin', 'ft']

export function plainName(name: string): string {
  const [before = ''] = name.split(',')
  const words = before.split(/\s+/).filter((word) => word && !isTitle(word))
  if (words.length === 0) return name
  return [words[0], ...(words.length > 1 ? [words.at(-1)] : [])].join(' ')
}

/** "Dr.", "Dipl.-Psych.", "med.", but not the "J." of a name. */
function isTitle(word: string): boolean {
  return (word.endsWith('.') && word.length > 2) || TITLES.includes(word.toLowerCase())
}
