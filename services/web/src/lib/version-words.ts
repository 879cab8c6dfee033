/** Which version of its agent a call is or was with: a draft changes under its number, so its revision counts. */
export function versionWords({ agentVersion, draftRevision }: { agentVersion: number; draftRevision?: number | null }) {
  return typeof draftRevision === 'number'
    ? `Draft ${agentVersion}, revision ${draftRevision}`
    : `Version ${agentVersion}`;
}
