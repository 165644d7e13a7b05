/** What the address of the screen says: which part, whose, where. */
export const TABS = ['week', 'dates', 'off', 'closed', 'rooms'] as const
export type Tab = (typeof TABS)[number]

export interface HoursSearch {
  tab: Tab
  who?: string | undefined
  at?: string | undefined
}

export function hoursSearch({ tab, who, at }: Record<string, unknown>): HoursSearch {
  return {
    tab: TABS.find((each) => each === tab) ?? 'week',
    ...(typeof who === 'string' && { who }),
    ...(typeof at === 'string' && { at }),
  }
}
