/** A date is typed or picked; a time is typed in parts. */
import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { expect, test, vi } from 'vitest'
import { show } from '../../testing/render'
import { DateInput } from '../DateInput'
import { TimeInput } from '../TimeInput'

function Day({ said, ...limits }: { said: (date: string) => void; min?: string }) {
  const [day, setDay] = useState('2026-11-23')
  const change = (date: string) => {
    setDay(date)
    said(date)
  }
  return <DateInput label="Day" value={day} onChange={change} {...limits} />
}

function Time({ said }: { said: (time: string) => void }) {
  const [time, setTime] = useState('09:00')
  const change = (next: string) => {
    setTime(next)
    said(next)
  }
  return <TimeInput label="Starts" value={time} onChange={change} />
}

const field = () => screen.findByPlaceholderText<HTMLInputElement>(/y+/)

test('a typed date is told once it is whole', async () => {
  const said = vi.fn()
  await show(<Day said={said} />)
  const input = await field()
  await userEvent.clear(input)
  await userEvent.type(input, '12/24/2026')
  expect(said.mock.lastCall).toEqual(['2026-12-24'])
})

test('what is no date is said, and there is none then', async () => {
  const said = vi.fn()
  await show(<Day said={said} min="2026-11-01" />)
  const input = await field()
  await userEvent.clear(input)
  await userEvent.type(input, '31/31/2026')
  await userEvent.tab()
  expect(said.mock.lastCall).toEqual([''])
  expect(screen.getByText(/Please write the date/)).toBeTruthy()
  await userEvent.clear(input)
  await userEvent.type(input, '1/1/2026')
  await userEvent.tab()
  expect(screen.getByText(/Not before/)).toBeTruthy()
})

test('Enter sends what was typed, and nothing where that is no date', async () => {
  const sent = vi.fn()
  function Sending() {
    const [day, setDay] = useState('2026-11-23')
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault()
          sent(day)
        }}
      >
        <DateInput label="Day" value={day} onChange={setDay} />
        <button type="submit">Send</button>
      </form>
    )
  }
  await show(<Sending />)
  const input = await field()
  await userEvent.clear(input)
  await userEvent.type(input, '11/24{Enter}')
  expect(sent.mock.calls).toEqual([['2026-11-24']])
  await userEvent.clear(input)
  await userEvent.type(input, '31/31/2026{Enter}')
  expect(input.validationMessage).toMatch(/Please write the date/)
  expect(sent).toHaveBeenCalledTimes(1)
})

test('the calendar opens on the day that is chosen, and closes with the one that is picked', async () => {
  const said = vi.fn()
  await show(<Day said={said} />)
  await field()
  await userEvent.click(screen.getByRole('button', { name: 'Open the calendar' }))
  await userEvent.click(await screen.findByRole('button', { name: '25 November 2026' }))
  expect(said.mock.lastCall).toEqual(['2026-11-25'])
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})

test('the keyboard opens the calendar, moves in it, and comes back', async () => {
  const said = vi.fn()
  await show(<Day said={said} />)
  await field()
  const opener = screen.getByRole('button', { name: 'Open the calendar' })
  opener.focus()
  await userEvent.keyboard('{Enter}')
  const day = await screen.findByRole('button', { name: '23 November 2026' })
  await waitFor(() => expect(document.activeElement).toBe(day))
  await userEvent.keyboard('{ArrowRight}{Enter}')
  expect(said.mock.lastCall).toEqual(['2026-11-24'])
  await waitFor(() => expect(document.activeElement).toBe(opener))
})

test('hours are typed, then minutes', async () => {
  const said = vi.fn()
  await show(<Time said={said} />)
  const hours = await screen.findByRole('spinbutton', { name: 'Starts' })
  await userEvent.click(hours)
  await userEvent.keyboard('0245')
  expect(said.mock.lastCall).toEqual(['02:45'])
})
