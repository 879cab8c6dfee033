/** A tool's failure as the model gets it: without the detail that is for whoever made the tool, and stays in the record. */
export function forModel(failure: unknown): unknown {
  if (typeof failure !== 'object' || failure === null || !Object.hasOwn(failure, 'detail')) return failure;
  return Object.fromEntries(Object.entries(failure).filter(([name]) => name !== 'detail'));
}
