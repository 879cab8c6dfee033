/**
 * A flag for audio, which lives in buffers outside the JavaScript heap: thousands a second, each of which is let go at once. Imported before
 * anything else.
 *
 * V8 learns where objects come from that live long, and makes the next ones of that place among the old ones, where only a collection of
 * the whole heap finds them. After some hundred calls have begun at once, it believes that of the buffers that sockets are read into: from
 * then on a gateway with 500 calls kept 50 MB of audio more each second, and collected its whole heap to get rid of it. Without that
 * the frequent collections of what is young free all of it.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--no-allocation-site-pretenuring');
