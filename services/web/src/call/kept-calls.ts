/** What this tab keeps of calls for the page that comes next: each is under this, an organization and an agent. */
export const KEPT_CALLS = 'orbisvoice.call.';
