/** What the desk is about to do. */
export interface WantedVisit {
  kind: 'visit'
  date: string
  locationId: string
  providerId?: string
  roomId?: string
  serviceId?: string
  /** Minutes of the day; absent: to be chosen. */
  minutes?: number
  /** A stretch was marked: it may be meant as a block. */
  until?: number
}

export type Wanted = WantedVisit | { kind: 'find' } | { kind: 'block'; id: string }
