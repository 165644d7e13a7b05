/** Languages: English, Romanian, German; each screen's words come with the screen. */
import i18next, { type BackendModule } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type book from '../locales/en/book.json'
import type common from '../locales/en/common.json'
import type dates from '../locales/en/dates.json'
import type desk from '../locales/en/desk.json'
import type hours from '../locales/en/hours.json'
import type portal from '../locales/en/portal.json'

export const LANGUAGES = { en: 'English', ro: 'Română', de: 'Deutsch' } as const
export type Language = keyof typeof LANGUAGES

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: {
      common: typeof common
      book: typeof book
      portal: typeof portal
      dates: typeof dates
      desk: typeof desk
      hours: typeof hours
    }
  }
}

const KEPT = 'ambulo.language'
const words = import.meta.glob<{ default: object }>('../locales/*/*.json')

const files: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (language, namespace, done) => {
    const load = words[`../locales/${language}/${namespace}.json`]
    if (!load) return done(new Error(`no ${namespace} in ${language}`), false)
    load().then(
      (found) => done(null, found.default),
      (error) => done(error, false),
    )
  },
}

export function chosenLanguage(): Language {
  const wanted = [localStorage.getItem(KEPT) ?? '', ...navigator.languages]
  for (const each of wanted) {
    const language = each.slice(0, 2)
    if (language in LANGUAGES) return language as Language
  }
  return 'en'
}

export async function startWords(): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = language
  })
  await i18next
    .use(files)
    .use(initReactI18next)
    .init({
      lng: chosenLanguage(),
      supportedLngs: Object.keys(LANGUAGES),
      // English is not fetched for who reads Romanian: a check keeps the keys of all languages the same.
      fallbackLng: false,
      ns: ['common'],
      defaultNS: 'common',
      interpolation: { escapeValue: false },
    })
}

export async function speak(language: Language): Promise<void> {
  localStorage.setItem(KEPT, language)
  await i18next.changeLanguage(language)
}

/** For dates and numbers: the viewer's own variety of the language if there is one, such as en-US. */
export function formatLocale(): string {
  const language = i18next.language || 'en'
  return navigator.languages.find((each) => each.startsWith(language)) ?? (language === 'en' ? 'en-GB' : language)
}
