import type { Permission } from '../commands/command-definition.js';

export const ROLES = ['sales', 'manager', 'analyst', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who may do what: the table of the HTTP contract. */
const HOLDERS: Readonly<Record<Permission, readonly Role[]>> = {
  'account-commands': ['sales', 'manager', 'admin'],
  decisions: ['manager', 'admin'],
  'policy-approvals': ['manager', 'admin'],
  'policy-drafts': ['manager', 'analyst', 'admin'],
  administration: ['admin'],
  'read-models': ROLES,
  history: ['sales', 'manager', 'auditor', 'admin'],
  audit: ['auditor', 'admin'],
};

export function isRole(text: unknown): text is Role {
  return (ROLES as readonly unknown[]).includes(text);
}

/** Whether a role holds a permission. */
export function hasPermission(role: string, permission: Permission): boolean {
  return (HOLDERS[permission] as readonly string[]).includes(role);
}
