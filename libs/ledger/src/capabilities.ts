import { accountsCapability } from '#accounts';
import { agreementsCapability } from '#agreements';
import { classificationCapability } from '#classification';
import { engagementCapability } from '#engagement';
import { ordersCapability } from '#orders';
import type { Capability } from '#platform';
import { relationshipCapability } from '#relationship';
import { satisfactionCapability } from '#satisfaction';

/** All that this ledger can do. The order is that of the deciders' states and of the API's page. */
export const CAPABILITY_LIST: readonly Capability[] = [
  accountsCapability,
  ordersCapability,
  engagementCapability,
  satisfactionCapability,
  relationshipCapability,
  agreementsCapability,
  classificationCapability,
];
