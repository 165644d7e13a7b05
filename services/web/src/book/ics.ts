/** A visit for calendar programs (RFC 5545). */

export interface Visit {
  id: string
  start: string
  end: string
  title: string
  place: string
  words: string
  url: string
}

const encoder = new TextEncoder()

export function icsOf(visit: Visit, now: Date): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Ambulo//Booking//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    'BEGIN:VEVENT',
    // The same visit again, moved meanwhile, takes the place of the old entry.
    `UID:${visit.id}@${new URL(visit.url).hostname}`,
    `DTSTAMP:${utc(now)}`,
    `DTSTART:${utc(new Date(visit.start))}`,
    `DTEND:${utc(new Date(visit.end))}`,
    `SUMMARY:${escaped(visit.title)}`,
    `LOCATION:${escaped(visit.place)}`,
    `DESCRIPTION:${escaped(visit.words)}`,
    `URL:${visit.url}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ]
  return `${lines.map(folded).join('\r\n')}\r\n`
}

export function saveIcs(visit: Visit) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([icsOf(visit, new Date())], { type: 'text/calendar' }))
  link.download = 'visit.ics'
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

function utc(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, (found) => `\\${found}`).replace(/\r?\n/g, '\\n')
}

/** No line is longer than 75 bytes; what goes on begins with a space. No letter is torn apart. */
function folded(line: string): string {
  const rows: string[] = []
  let row = ''
  let size = 0
  for (const letter of line) {
    const bytes = encoder.encode(letter).length
    if (size + bytes > 75) {
      rows.push(row)
      row = ' '
      size = 1
    }
    row += letter
    size += bytes
  }
  return [...rows, row].join('\r\n')
}
