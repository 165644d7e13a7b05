/** How it looks: Mantine in the clinic's colour, readable in light and dark whatever colour that is. */
import {
  type CSSVariablesResolver,
  createTheme,
  DEFAULT_THEME,
  type MantineColorsTuple,
  type MantineThemeOverride,
} from '@mantine/core'

export const OUR_COLOR = '#0f766e'

type Rgb = [number, number, number]

const WHITE: Rgb = [255, 255, 255]
const BLACK: Rgb = [0, 0, 0]
/** WCAG 2.2 AA for text, and some to spare: hovering makes it a bit lighter or darker. */
const READABLE = 4.7

export function themeOf(color: string | undefined): MantineThemeOverride {
  return createTheme({
    primaryColor: 'clinic',
    colors: { clinic: shades(color || OUR_COLOR) },
    primaryShade: { light: 6, dark: 7 },
    fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
    headings: { fontWeight: '650' },
    defaultRadius: 'md',
    cursorType: 'pointer',
    respectReducedMotion: true,
    focusRing: 'auto',
    components: {
      // A thumb needs 44 pixels (WCAG 2.5.5), which is Mantine's `md` and a bit.
      Button: { defaultProps: { size: 'md' } },
      TextInput: { defaultProps: { size: 'md' } },
      Select: { defaultProps: { size: 'md' } },
      // As it is written, and all of it: an abbreviated word says nothing.
      Badge: { styles: { root: { textTransform: 'none', flexShrink: 0, fontWeight: 600 } } },
      // A `header` within a dialog would count as another of the page's.
      ModalHeader: { defaultProps: { role: 'presentation' } },
      DrawerHeader: { defaultProps: { role: 'presentation' } },
      Textarea: { defaultProps: { size: 'md' } },
    },
  })
}

/** Mantine's own greys and tints are a little too pale to be read by everybody (WCAG 2.2 AA). */
export const readable: CSSVariablesResolver = () => {
  const light: Record<string, string> = {}
  for (const color of Object.keys(DEFAULT_THEME.colors).filter((each) => each !== 'dark'))
    light[`--mantine-color-${color}-light-color`] = `color-mix(in oklab, var(--mantine-color-${color}-9) 55%, black)`
  return {
    variables: {},
    light: {
      ...light,
      '--mantine-color-dimmed': '#596066',
      '--mantine-color-placeholder': '#596066',
      '--mantine-color-error': 'var(--mantine-color-red-9)',
    },
    dark: {
      '--mantine-color-clinic-light': 'color-mix(in srgb, var(--mantine-color-clinic-5) 26%, transparent)',
      '--mantine-color-clinic-light-hover': 'color-mix(in srgb, var(--mantine-color-clinic-5) 34%, transparent)',
      '--mantine-color-clinic-light-color': 'var(--mantine-color-clinic-1)',
      '--mantine-color-dimmed': '#b0b0b0',
      '--mantine-color-placeholder': '#b0b0b0',
      '--mantine-color-error': 'var(--mantine-color-red-4)',
    },
  }
}

/** Ten shades around a colour; on number 6 and darker white text is readable. */
export function shades(hex: string): MantineColorsTuple {
  let main = parse(hex)
  while (contrast(main, WHITE) < READABLE) main = mix(main, BLACK, 0.04)
  const lighter = [0.93, 0.84, 0.7, 0.54, 0.38, 0.18].map((part) => mix(main, WHITE, part))
  const darker = [0.14, 0.28, 0.42].map((part) => mix(main, BLACK, part))
  return [...lighter, main, ...darker].map(text) as unknown as MantineColorsTuple
}

export function contrast(one: Rgb, other: Rgb): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

export function parse(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as Rgb
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function mix(one: Rgb, other: Rgb, part: number): Rgb {
  return one.map((value, at) => Math.round(value + ((other[at] ?? 0) - value) * part)) as Rgb
}

function text(rgb: Rgb): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
