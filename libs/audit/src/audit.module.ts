import { Module } from '@nestjs/common';
import { AccountEventsHandler } from './account-events.queries.js';
import { AuditController } from './audit.controller.js';

@Module({ controllers: [AuditController], providers: [AccountEventsHandler] })
export class AuditModule {}
