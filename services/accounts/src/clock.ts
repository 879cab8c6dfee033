import { Injectable } from '@nestjs/common';

/** The time of day, as a seam: what expires can be tested without waiting for it. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}
