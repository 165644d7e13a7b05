// All that is checked of the web app, in turn; says only what failed, and how large the wizard is.
import { spawnSync } from 'node:child_process'

const STEPS = {
  schema: ['node', 'scripts/schema.mjs'],
  types: ['node', 'node_modules/typescript/bin/tsc', '--noEmit'],
  lint: ['node', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  tests: ['node', 'node_modules/vitest/vitest.mjs', 'run', '--reporter=dot'],
  build: ['npm', 'run', '--silent', 'build'],
  size: ['node', 'scripts/size.mjs'],
}
const SHOWN = ['size']

for (const [name, [command, ...args]] of Object.entries(STEPS)) {
  const done = spawnSync(command === 'node' ? process.execPath : command, args, { encoding: 'utf8' })
  if (done.status) console.error(`--- ${name}\n${done.stdout}${done.stderr}`)
  else if (SHOWN.includes(name)) process.stdout.write(done.stdout)
  if (done.status) process.exit(1)
}
