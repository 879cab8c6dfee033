import { organizationOf, requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';

/** The organization that the caller may change. @throws DomainError `permission_denied` */
export function memberOrganization(caller: Caller): string {
  requireRole(caller, 'member');
  return organizationOf(caller);
}
