/** How late the event loop is, as quantiles over the last 5 to 10 seconds. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';

const HALF_WINDOW_MS = 5_000;
/** Node samples with a timer of this interval, and reports the interval together with the delay. */
const RESOLUTION_MS = 10;
const NS_PER_MS = 1_000_000;

type IntervalHistogram = ReturnType<typeof monitorEventLoopDelay>;

/** Two histograms that overlap by half: the older one is read, and every half window the younger takes its place. */
export class EventLoopLag implements OnApplicationBootstrap, OnModuleDestroy {
  private older: IntervalHistogram | undefined;
  private younger: IntervalHistogram | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly halfWindowMs = HALF_WINDOW_MS) {}

  /** Not before all is loaded: what starting up costs says nothing about calls. */
  onApplicationBootstrap(): void {
    this.younger = startHistogram();
    this.timer = setInterval(() => this.slide(), this.halfWindowMs).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.older?.disable();
    this.younger?.disable();
  }

  /** 0 until there is half a window to look at. */
  quantileMs(quantile: number): number {
    if (!this.older) return 0;
    return Math.max(0, this.older.percentile(quantile * 100) / NS_PER_MS - RESOLUTION_MS);
  }

  private slide(): void {
    this.older?.disable();
    this.older = this.younger;
    this.younger = startHistogram();
  }
}

function startHistogram(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}
