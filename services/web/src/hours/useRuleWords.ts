/** A recurrence rule as people say it. */
import { useTranslation } from 'react-i18next'
import { CODES, parse } from './rrule'
import { DAYS, type Opening } from './week'
import { clock, dateWords } from './words'

export function useRuleWords() {
  const { t, i18n } = useTranslation('hours')
  const list = new Intl.ListFormat(i18n.language)
  return ({ rrule, firstDay, starts, durationMinutes, except }: Opening): { when: string; more: string } => {
    const rule = parse(rrule)
    const days = list.format((rule?.days ?? []).map((code) => t(`days.${DAYS[CODES.indexOf(code)] ?? 'monday'}`)))
    const count = rule?.interval ?? 1
    const when = () => {
      if (!rule) return t('opening.words.other', { rrule })
      if (rule.freq === 'monthly' && rule.nth)
        return t('opening.words.nth', { nth: t(`opening.nth.${rule.nth as 1}`), days, count })
      if (rule.freq === 'weekly' && days) return t('opening.words.weeklyOn', { days, count })
      return t(`opening.words.${rule.freq}`, { count })
    }
    const hours = Math.round((durationMinutes / 60) * 100) / 100
    const more = [
      starts &&
        t('opening.words.time', { time: clock(starts), hours: new Intl.NumberFormat(i18n.language).format(hours) }),
      firstDay && t('repeat.from', { date: dateWords(firstDay) }),
      rule?.until && t('repeat.until', { date: dateWords(rule.until) }),
      rule?.count && t('opening.words.times', { count: rule.count }),
      except.length > 0 && t('opening.words.except', { dates: list.format(except.map(dateWords)) }),
    ]
    return { when: when(), more: more.filter(Boolean).join(', ') }
  }
}
