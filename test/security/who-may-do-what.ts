/** The contract's table "Who may do what", route by route, written from its text and from nothing that the program says. */

export const ROLES = ['sales', 'manager', 'analyst', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const ROWS = {
  'commands on accounts, imports': ['sales', 'manager', 'admin'],
  'policy approval': ['manager', 'admin'],
  'read models, exports': ['sales', 'manager', 'analyst', 'auditor', 'admin'],
  'draft and simulate policies': ['manager', 'analyst', 'admin'],
  'publish, retire policies; settings, rates, keys, rebuilds': ['admin'],
  'history, state': ['sales', 'manager', 'auditor', 'admin'],
  'replays, chain, checkpoints, bundles, access log': ['auditor', 'admin'],
} as const satisfies Record<string, readonly Role[]>;

const COMMANDS = ROWS['commands on accounts, imports'];
const APPROVAL = ROWS['policy approval'];
const READ_MODELS = ROWS['read models, exports'];
const DRAFTS = ROWS['draft and simulate policies'];
const ADMINISTRATION = ROWS['publish, retire policies; settings, rates, keys, rebuilds'];
const HISTORY = ROWS['history, state'];
/** Who left what out of a read model, and why, is an auditor's question as those of that row are. */
const AUDIT = ROWS['replays, chain, checkpoints, bundles, access log'];

/** Documented routes that ask for no key. */
export const OPEN_ROUTES = ['GET /health/live', 'GET /health/ready'] as const;

/** Routes beside the documented ones: the document itself and the page that shows it, which hold no data. */
export const PAGES = ['/openapi.json', '/openapi.yaml', '/docs'] as const;

/** Who may use each documented route. */
export const RULES: Readonly<Record<string, readonly Role[]>> = {
  'GET /metrics': READ_MODELS,
  'GET /v1/projections': READ_MODELS,
  'POST /v1/projections/{name}/rebuild': ADMINISTRATION,
  'POST /v1/projections/{name}/rollback': ADMINISTRATION,
  'GET /v1/rebuilds/{rebuildId}': ADMINISTRATION,
  'DELETE /v1/rebuilds/{rebuildId}': ADMINISTRATION,
  'GET /v1/quarantine': ADMINISTRATION,
  'GET /v1/quarantine/discarded': AUDIT,
  'POST /v1/quarantine/{projection}/{stream}/redrive': ADMINISTRATION,
  'POST /v1/quarantine/{projection}/{stream}/discard': ADMINISTRATION,

  'POST /v1/accounts': COMMANDS,
  'GET /v1/accounts': READ_MODELS,
  'GET /v1/accounts/{accountId}': READ_MODELS,
  'PATCH /v1/accounts/{accountId}': COMMANDS,
  'GET /v1/accounts/{accountId}/agreements': READ_MODELS,
  'POST /v1/accounts/{accountId}/agreements': COMMANDS,
  'POST /v1/accounts/{accountId}/agreements/{agreementId}/lapse': COMMANDS,
  'GET /v1/accounts/{accountId}/appraisals': READ_MODELS,
  'POST /v1/accounts/{accountId}/appraisals': COMMANDS,
  'GET /v1/accounts/{accountId}/cadence': READ_MODELS,
  'PUT /v1/accounts/{accountId}/cadence': COMMANDS,
  'GET /v1/accounts/{accountId}/contacts': READ_MODELS,
  'POST /v1/accounts/{accountId}/contacts': COMMANDS,
  'PATCH /v1/accounts/{accountId}/contacts/{contactId}': COMMANDS,
  'POST /v1/accounts/{accountId}/contacts/{contactId}/departure': COMMANDS,
  'GET /v1/accounts/{accountId}/credit-notes': READ_MODELS,
  'POST /v1/accounts/{accountId}/credit-notes': COMMANDS,
  'GET /v1/accounts/{accountId}/events': HISTORY,
  'POST /v1/accounts/{accountId}/loss': COMMANDS,
  'GET /v1/accounts/{accountId}/orders': READ_MODELS,
  'POST /v1/accounts/{accountId}/orders': COMMANDS,
  'GET /v1/accounts/{accountId}/orders/{orderId}': READ_MODELS,
  'POST /v1/accounts/{accountId}/orders/{orderId}/cancellation': COMMANDS,
  'POST /v1/accounts/{accountId}/orders/{orderId}/delivery': COMMANDS,
  'POST /v1/accounts/{accountId}/orders/{orderId}/returns': COMMANDS,
  'GET /v1/accounts/{accountId}/plans': READ_MODELS,
  'POST /v1/accounts/{accountId}/plans': COMMANDS,
  'POST /v1/accounts/{accountId}/recovery': COMMANDS,
  'POST /v1/accounts/{accountId}/stage-transitions': COMMANDS,
  'GET /v1/accounts/{accountId}/surveys': READ_MODELS,
  'POST /v1/accounts/{accountId}/surveys': COMMANDS,
  'GET /v1/accounts/{accountId}/team': READ_MODELS,
  'POST /v1/accounts/{accountId}/team': COMMANDS,
  'DELETE /v1/accounts/{accountId}/team/{member}': COMMANDS,
  'GET /v1/accounts/{accountId}/visits': READ_MODELS,
  'POST /v1/accounts/{accountId}/visits': COMMANDS,
  'POST /v1/imports': COMMANDS,

  'GET /v1/agreements/expiring': READ_MODELS,
  'GET /v1/concentration': READ_MODELS,
  'GET /v1/exchange-rates': READ_MODELS,
  'GET /v1/key-accounts': READ_MODELS,
  'GET /v1/relationship-stages': READ_MODELS,
  'GET /v1/revenue': READ_MODELS,
  'GET /v1/satisfaction-trends': READ_MODELS,
  'GET /v1/stage-transitions': READ_MODELS,
  'GET /v1/visits/due': READ_MODELS,

  'GET /v1/policies': READ_MODELS,
  'POST /v1/policies': DRAFTS,
  'GET /v1/policies/{policyId}': READ_MODELS,
  'POST /v1/policies/{policyId}/versions': DRAFTS,
  'GET /v1/policies/{policyId}/versions/{version}': READ_MODELS,
  'POST /v1/policies/{policyId}/versions/{version}/approval': APPROVAL,
  'POST /v1/policies/{policyId}/versions/{version}/publication': ADMINISTRATION,
  'POST /v1/policies/{policyId}/versions/{version}/retirement': ADMINISTRATION,

  'PUT /v1/exchange-rates/{currency}/{date}': ADMINISTRATION,
  'POST /v1/api-keys': ADMINISTRATION,
  'GET /v1/api-keys': ADMINISTRATION,
  'GET /v1/api-keys/{id}': ADMINISTRATION,
  'DELETE /v1/api-keys/{id}': ADMINISTRATION,
};
