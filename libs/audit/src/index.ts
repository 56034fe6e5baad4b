export { auditCapability } from './audit.capability.js';
export { AuditModule } from './audit.module.js';
