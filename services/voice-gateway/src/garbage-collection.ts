/**
 * Audio lives in buffers outside the JavaScript heap. By default V8 collects the whole heap each time some tens of MB of them have come
 * and gone, which is once a second with a hundred calls, and cost about a seventh of the gateway's time. With this flag they count like
 * everything else: towards the limit at which the whole heap is collected anyway. Younger collections free them, as before.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--external-memory-accounted-in-global-limit');
