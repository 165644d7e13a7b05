// Packs every file once, as small as it gets, so that the gateway need not do it for each answer.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const WORTH = /\.(js|css|svg|json|webmanifest)$/
const SMALL = 1024

// Only the build itself needs it.
for (const entry of readdirSync('dist', { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name === 'sizes.json' || !WORTH.test(entry.name)) continue
  const file = `${entry.parentPath}/${entry.name}`
  const body = readFileSync(file)
  if (body.length < SMALL) continue
  writeFileSync(`${file}.gz`, gzipSync(body, { level: 9 }))
  writeFileSync(`${file}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
}
