// Writes client/schema.d.ts from the contract, if that has changed: it takes some seconds.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import openapi, { astToString } from 'openapi-typescript'

const contract = new URL('../../gateway/openapi.json', import.meta.url)
const schema = new URL('../client/schema.d.ts', import.meta.url)
const mark = `// ${createHash('sha256').update(readFileSync(contract)).digest('hex')}\n`

if (!existsSync(schema) || !readFileSync(schema, 'utf8').startsWith(mark))
  writeFileSync(schema, mark + astToString(await openapi(contract)))
