// PNGs of the icon, for those who take no SVG: home screens.
import { readFileSync, writeFileSync } from 'node:fs'
import { Resvg } from '@resvg/resvg-js'

const svg = readFileSync('public/icon.svg', 'utf8')
// A mask may cut off what is outside of the middle four fifths, and fills the corners itself.
const maskable = svg.replace(/ rx="\d+"/, '')

const draw = (source, width, name) =>
  writeFileSync(`dist/${name}.png`, new Resvg(source, { fitTo: { mode: 'width', value: width } }).render().asPng())

for (const width of [180, 192, 512]) draw(width === 180 ? maskable : svg, width, `icon-${width}`)
draw(maskable, 512, 'icon-maskable-512')
