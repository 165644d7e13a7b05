// How much script each route loads before it shows something, gzipped; fails above what the wizard may have.
import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const MOST_KB = 200
const SHELLS = {
  book: ['src/app/PublicShell.tsx', 'src/book/Book.tsx'],
  desk: ['src/app/Shell.tsx', 'src/desk/Agenda.tsx'],
}
const WORDS = { book: ['common', 'book'], desk: ['common', 'desk'] }

if (!existsSync('dist/sizes.json')) throw new Error('Build it first: npm run build')
const manifest = JSON.parse(readFileSync('dist/sizes.json', 'utf8'))
const entry = Object.keys(manifest).find((name) => manifest[name].isEntry)

const reached = (name, found = new Set()) => {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`${name} is no chunk of its own any more`)
  if (found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const next of chunk.imports ?? []) reached(next, found)
  return found
}

const kilobytes = (files) =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length, 0) / 1000

for (const [route, names] of Object.entries(SHELLS)) {
  const words = WORDS[route].map((each) => `src/locales/de/${each}.json`)
  const files = [entry, ...names, ...words].reduce((found, name) => reached(name, found), new Set())
  console.log(`${route}: ${kilobytes(files).toFixed(1)} kB of script in ${files.size} files, gzipped`)
  if (route === 'book' && kilobytes(files) > MOST_KB) {
    console.error(`The wizard may load ${MOST_KB} kB before it shows something`)
    process.exitCode = 1
  }
}
