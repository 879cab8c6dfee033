const FULL_SCALE = 32_768;

/** 16-bit samples as floats from -1 to 1. */
export function toFloat(samples: Int16Array, target: Float32Array): void {
  for (let index = 0; index < samples.length; index++) target[index] = samples[index]! / FULL_SCALE;
}

/** The first `count` floats as 16-bit samples, rounded, clipped at full scale. */
export function toPcm(samples: Float32Array, count: number, target: Int16Array, targetOffset: number): void {
  for (let index = 0; index < count; index++) {
    const scaled = Math.round(samples[index]! * FULL_SCALE);
    target[targetOffset + index] = scaled > 32_767 ? 32_767 : scaled < -FULL_SCALE ? -FULL_SCALE : scaled;
  }
}

/** Loudness from 0 to 1 of 16-bit samples: root mean square of full scale. */
export function rootMeanSquare(samples: Int16Array): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index++) sum += samples[index]! * samples[index]!;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length) / FULL_SCALE;
}
