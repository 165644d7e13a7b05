/** The nouns of the API under their own names. */
import type { operations } from '../schema.d.ts'

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never

/** What an operation answers. */
export type Answer<Name extends keyof operations> = Json<
  operations[Name]['responses'][keyof operations[Name]['responses'] & (200 | 201)]
>

/** What an operation takes as its body. */
export type Body<Name extends keyof operations> = operations[Name] extends { requestBody?: infer Sent }
  ? Json<NonNullable<Sent>>
  : never

export type Appointment = Answer<'ListAppointments'>['appointments'][number]
export type Calendar = Answer<'GetCalendar'>
export type Clinic = Answer<'GetClinic'>
export type ClinicPage = Answer<'GetClinicPage'>
export type Location = Answer<'GetLocation'>
export type Patient = Answer<'GetPatient'>
export type PublicClinic = Answer<'GetPublicClinic'>
export type Service = Answer<'GetService'>
export type Specialist = Answer<'GetSpecialist'>
export type Slot = Answer<'ListAvailability'>['slots'][number]
export type WeeklyHours = Answer<'ListWeeklyHours'>['weeklyHours'][number]
export type Session = Omit<Answer<'SignIn'>, 'refreshToken'>
export type Me = Answer<'GetMe'>
export type Membership = Me['memberships'][number]
