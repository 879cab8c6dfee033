import { z } from 'zod';
import { timestamp, uuid } from '../http/fields.js';

export const organizationSchema = z
  .object({ id: uuid, name: z.string(), slug: z.string(), createdAt: timestamp })
  .meta({
    id: 'Organization',
    examples: [
      {
        id: '0f5d2c6e-1b7a-4f3e-9c8d-2a4b6c8d0e1f',
        name: 'Dental Practice Miller',
        slug: 'dental-miller',
        createdAt: '2026-01-31T12:00:00.000Z',
      },
    ],
  });

export type OrganizationJson = z.output<typeof organizationSchema>;
