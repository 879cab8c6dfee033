const MAX_RATES = 8;

/** Makes `create` answer with the same object for the same rate: tables are costly to build and never change. */
export function sharedBySampleRate<T>(create: (sampleRateHz: number) => T): (sampleRateHz: number) => T {
  const made = new Map<number, T>();
  return (sampleRateHz) => {
    const known = made.get(sampleRateHz);
    if (known !== undefined) return known;
    // Few rates are in use; a peer that names a new one each time must not fill the memory.
    if (made.size >= MAX_RATES) made.clear();
    const created = create(sampleRateHz);
    made.set(sampleRateHz, created);
    return created;
  };
}
