import { LocalOrganizationCalls } from '../src/admission/organization-calls.js';
import { describeOrganizationCalls } from './organization-calls-contract.js';

describeOrganizationCalls('of one process', async () => new LocalOrganizationCalls());
