import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import { AppendOutcomeUnknown, StoreUnavailable } from '#event-sourcing';

const PACKAGE = 'event_store.client.';

/**
 * What a refused append comes to. The server packs the reason into the details of the status; its code and message may
 * be empty.
 * @returns 'conflict' where the stream is elsewhere
 * @throws StoreUnavailable where nothing was appended and a repeat may help, AppendOutcomeUnknown where the server does
 * not know either, RangeError where the append is too large for the server, Error for what no repeat can mend
 */
export function refusal(status: Status, streamName: string): 'conflict' {
  const details = status.getDetails();
  const reason = details?.getTypeName() ?? '';
  switch (reason) {
    case `${PACKAGE}WrongExpectedVersion`:
      return 'conflict';
    case `${PACKAGE}MaximumAppendSizeExceeded`: {
      const exceeded = details?.unpack(sharedPb.MaximumAppendSizeExceeded.deserializeBinary, reason);
      throw new RangeError(`EventStoreDB takes at most ${exceeded?.getMaxappendsize()} bytes in one append`);
    }
    case `${PACKAGE}MaximumAppendEventSizeExceeded`:
      throw new RangeError(`EventStoreDB does not take an event that large (${status.getMessage()})`);
    case `${PACKAGE}AccessDenied`:
      throw new StoreUnavailable(
        `EventStoreDB denied access: the user of the connection string may not write ${streamName}`,
      );
    case `${PACKAGE}StreamDeleted`:
      throw new StoreUnavailable(`${streamName} was deleted for good in EventStoreDB`);
    case `${PACKAGE}BadRequest`: {
      const request = details?.unpack(sharedPb.BadRequest.deserializeBinary, reason);
      throw new Error(`EventStoreDB did not understand an append to ${streamName}: ${request?.getMessage()}`);
    }
    // A node that is not ready, too busy, or knows no leader says so in words, with nothing in the details.
    case 'google.protobuf.Empty':
      throw new StoreUnavailable(`EventStoreDB did not take the append: ${status.getMessage()}`);
    default:
      throw new AppendOutcomeUnknown(`EventStoreDB does not know whether it stored the append (${reason})`);
  }
}
