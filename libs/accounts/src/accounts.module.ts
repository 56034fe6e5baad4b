import { Global, Module } from '@nestjs/common';
import { ACCOUNT_CHANGES, ACCOUNT_DIRECTORY } from '#platform';
import { AccountListHandler } from './account-list.queries.js';
import { AccountContactsHandler, AccountTeamHandler } from './account-people.queries.js';
import { AccountPortraitHandler } from './account-portrait.queries.js';
import { AccountsController } from './accounts.controller.js';
import { ReadStoreAccountDirectory } from './read-store-account-directory.js';

/** Routes, questions and, for all modules, the directory of accounts. */
@Global()
@Module({
  controllers: [AccountsController],
  providers: [
    AccountListHandler,
    AccountPortraitHandler,
    AccountContactsHandler,
    AccountTeamHandler,
    { provide: ACCOUNT_DIRECTORY, useClass: ReadStoreAccountDirectory },
    { provide: ACCOUNT_CHANGES, useExisting: ACCOUNT_DIRECTORY },
  ],
  exports: [ACCOUNT_DIRECTORY, ACCOUNT_CHANGES],
})
export class AccountsModule {}
