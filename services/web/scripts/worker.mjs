// Puts the service worker beside the app, with the list of what it keeps, and a name that changes with it.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync('dist/sizes.json', 'utf8'))
const entry = Object.values(manifest).find((chunk) => chunk.isEntry)
const wanted = new Set(['/icon.svg', '/app.webmanifest'])

// The shell: what the start needs. Screens are kept when they are first opened.
const add = (chunk) => {
  if (wanted.has(`/${chunk.file}`)) return
  wanted.add(`/${chunk.file}`)
  for (const file of chunk.css ?? []) wanted.add(`/${file}`)
  for (const next of chunk.imports ?? []) add(manifest[next])
}
add(entry)
const shell = [...wanted].sort()
const source = readFileSync('scripts/worker.js', 'utf8')
const version = createHash('sha256')
  .update(source)
  .update(readdirSync('dist/assets').sort().join())
  .digest('hex')
  .slice(0, 12)
writeFileSync('dist/sw.js', source.replace('__SHELL__', JSON.stringify(shell)).replace('__VERSION__', version))
