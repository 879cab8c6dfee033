// The same caller makes the spoken call of `helm test`.
export { SpokenCall, type FinishedTurn } from '@orbisvoice/simulator/caller/spoken-call';
