import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Database, TransactionResult } from '../database.js';

const RESULTS: TransactionResult[] = ['ok', 'failed', 'unavailable'];
const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Transactions and queries as histograms, and the pool behind them as gauges that are read when they are asked for. */
export class DatabaseMetrics {
  private readonly transactions: Histogram<'result'>;
  private readonly queries: Histogram;

  constructor(
    private readonly registry: Registry,
    private readonly prefix: string,
  ) {
    this.transactions = new Histogram({
      name: `${prefix}_db_transaction_duration_seconds`,
      help: 'Transactions with the wait for a connection, by result',
      labelNames: ['result'],
      buckets: BUCKETS_S,
      registers: [registry],
    });
    for (const result of RESULTS) this.transactions.zero({ result });
    this.queries = new Histogram({
      name: `${prefix}_db_query_duration_seconds`,
      help: 'Queries that succeeded, without the wait for a connection',
      buckets: BUCKETS_S,
      registers: [registry],
    });
  }

  transactionEnded(result: TransactionResult, durationMs: number): void {
    this.transactions.observe({ result }, durationMs / 1000);
  }

  queryEnded(durationMs: number): void {
    this.queries.observe(durationMs / 1000);
  }

  watch(database: Database): void {
    this.gauge('in_use', 'Connections to Postgres that are in use', () => database.poolUse.inUse);
    this.gauge('waiting', 'Transactions that wait for a connection', () => database.poolUse.waiting);
    this.gauge('capacity', 'Connections that this process opens at most', () => database.poolUse.capacity);
  }

  private gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name: `${this.prefix}_db_pool_${name}`,
      help,
      registers: [this.registry],
      collect() {
        gauge.set(read());
      },
    });
  }
}
