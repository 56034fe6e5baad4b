import { type Binary, type ClientSession, type Collection, type Db, MongoServerError } from 'mongodb';
import {
  type Checkpoint,
  LeaseLost,
  type ProjectorGeneration,
  type ProjectorGroupState,
  type ProjectorMember,
} from '#event-sourcing';

/** The checkpoint of a projection that is kept without sessions; its `_id` is the projection's name. */
interface SoleCheckpoint {
  readonly _id: string;
  readonly position: bigint;
}

/** What a session may still do, and its checkpoints. */
interface SessionDocument {
  readonly _id: string;
  readonly generation: number;
  readonly open: boolean;
  /** By the projection's name, its dots as colons. */
  readonly positions: Readonly<Record<string, bigint>>;
  /** Batches written: a transaction changes it always, so that closing the session cannot pass it by. */
  readonly writes: number;
  /** Id of the driver's session whose transactions write. */
  readonly writer?: Binary;
}

/** The generation that is there. */
interface GenerationDocument extends ProjectorGeneration {
  readonly _id: typeof GENERATION;
}

type ProgressDocument = SoleCheckpoint | SessionDocument | GenerationDocument;

interface MemberDocument extends Omit<ProjectorMember, 'id'> {
  readonly _id: string;
  readonly renewedAt: Date;
}

// Names of projections begin with a letter. Read in the order of the ids, a generation comes before its sessions, which
// were there before it.
const GENERATION = '#generation';
const SESSION = '#session ';
const DUPLICATE_KEY = 11000;
/** Sessions of a generation are kept until the one after the next: a reader that misses one reads anew. */
const READ_ATTEMPTS = 100;

/**
 * What projectors agree on, in MongoDB: a generation is one document, and a session's checkpoints are one document with
 * the mark that it is open. So a transaction that writes for a session cannot but meet one that closes it.
 */
export class ProjectorDocuments {
  readonly name = '_checkpoints';
  readonly memberName = '_projectors';
  private readonly progress: Collection<ProgressDocument>;
  private readonly members: Collection<MemberDocument>;

  constructor(
    private readonly database: Db,
    private readonly transactions: boolean,
  ) {
    this.progress = database.collection<ProgressDocument>(this.name);
    this.members = database.collection<MemberDocument>(this.memberName);
  }

  async group(): Promise<ProjectorGroupState> {
    const { generation, sessions } = await this.read();
    const members = await this.members.find({}, { sort: { _id: 1 } }).toArray();
    // After the members, so that none seems to be renewed later than now.
    const { localTime } = await this.database.command({ hello: 1 });
    return {
      generation: { number: generation.number, sessions: generation.sessions },
      open: new Set(sessions.filter(({ open }) => open).map(({ _id }) => _id.slice(SESSION.length))),
      members: members.map(({ _id, host, pid, startedAt, renewedAt }) => ({
        id: _id,
        host,
        pid,
        startedAt: Number(startedAt),
        age: localTime.getTime() - renewedAt.getTime(),
      })),
    };
  }

  async renew({ id, host, pid, startedAt }: ProjectorMember): Promise<void> {
    const update = { $set: { host, pid, startedAt }, $currentDate: { renewedAt: true } } as const;
    await this.members.updateOne({ _id: id }, update, { upsert: true });
  }

  async removeMembers(ids: readonly string[]): Promise<void> {
    await this.members.deleteMany({ _id: { $in: ids } });
  }

  async openSessions(generation: number, ids: readonly string[], checkpoints: readonly Checkpoint[]): Promise<void> {
    const positions = Object.fromEntries(checkpoints.map((each) => [memberOf(each.projection), each.position]));
    await this.progress.insertMany(
      ids.map((id) => ({ _id: SESSION + id, generation, open: true, positions, writes: 0 })),
    );
  }

  async closeSessions(ids: readonly string[]): Promise<Checkpoint[]> {
    const filter = { _id: { $in: ids.map((id) => SESSION + id) } };
    if (this.transactions) await this.endTransactions(filter);
    await this.progress.updateMany(filter, { $set: { open: false } });
    return leastOf(await this.progress.find<SessionDocument>(filter).toArray());
  }

  /**
   * A process that stopped in the middle of a transaction holds the documents in it for a minute; a server that does not
   * let us end it makes us wait so long.
   */
  private async endTransactions(filter: { _id: { $in: string[] } }): Promise<void> {
    const sessions = await this.progress.find<SessionDocument>(filter).toArray();
    const writers = sessions.flatMap(({ writer }) => (writer === undefined ? [] : [{ id: writer }]));
    if (writers.length === 0) return;
    try {
      await this.database.command({ killSessions: writers });
    } catch (error) {
      if (!(error instanceof MongoServerError)) throw error;
    }
  }

  async beginGeneration({ number, sessions }: ProjectorGeneration): Promise<boolean> {
    try {
      const { matchedCount, upsertedCount } = await this.progress.updateOne(
        { _id: GENERATION, number: number - 1 },
        { $set: { number, sessions } },
        // The first one: where another was quicker, the document is there with another number.
        { upsert: number === 1 },
      );
      if (matchedCount + upsertedCount === 0) return false;
    } catch (error) {
      if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false;
      throw error;
    }
    await this.progress.deleteMany({ generation: { $lt: number - 1 } });
    return true;
  }

  /**
   * To be called before a batch of the session.
   * @param writer id of the driver's session whose transactions will write
   * @throws LeaseLost
   */
  async assertOpen(session: string, writer?: Binary): Promise<void> {
    const filter = { _id: SESSION + session, open: true };
    const open =
      writer === undefined
        ? (await this.progress.findOne(filter)) !== null
        : (await this.progress.updateOne(filter, { $set: { writer } })).matchedCount > 0;
    if (!open) throw leaseLost(session);
  }

  /** To be called last in a batch. @throws LeaseLost */
  async advance(
    session: string | undefined,
    checkpoints: readonly Checkpoint[],
    options: { session?: ClientSession },
  ): Promise<void> {
    if (session === undefined) {
      if (checkpoints.length === 0) return;
      const advances = checkpoints.map(({ projection, position }) => ({
        updateOne: { filter: { _id: projection }, update: { $max: { position } }, upsert: true },
      }));
      await this.progress.bulkWrite(advances, options);
      return;
    }
    const positions = checkpoints.map((each) => [`positions.${memberOf(each.projection)}`, each.position]);
    const { matchedCount } = await this.progress.updateOne(
      { _id: SESSION + session, open: true },
      { ...(positions.length > 0 && { $max: Object.fromEntries(positions) }), $inc: { writes: 1 } },
      options,
    );
    if (matchedCount === 0) throw leaseLost(session);
  }

  async checkpoints(session: string | undefined): Promise<Checkpoint[]> {
    const { sole, sessions, named } = await this.read(session);
    const greatest = new Map(sole.map(({ _id, position }) => [_id, position]));
    for (const { projection, position } of leastOf(session === undefined ? sessions : named)) {
      if (position > (greatest.get(projection) ?? -1n)) greatest.set(projection, position);
    }
    return [...greatest]
      .map(([projection, position]) => ({ projection, position }))
      .sort((a, b) => (a.projection < b.projection ? -1 : 1));
  }

  async forget(projections: readonly string[]): Promise<void> {
    if (projections.length === 0) return;
    await this.progress.deleteMany({ _id: { $in: projections } });
    const members = projections.map((projection) => [`positions.${memberOf(projection)}`, '']);
    await this.progress.updateMany({ generation: { $exists: true } }, { $unset: Object.fromEntries(members) });
  }

  /** The checkpoints without sessions, the generation that is there with its sessions, and the session named. */
  private async read(session?: string) {
    for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
      const documents = await this.progress.find<ProgressDocument>({}, { sort: { _id: 1 } }).toArray();
      const generation = documents.find(isGeneration) ?? { number: 0, sessions: [] };
      const all = new Map(documents.filter(isSession).map((each) => [each._id.slice(SESSION.length), each]));
      const sessions = generation.sessions.flatMap(({ id }) => all.get(id) ?? []);
      if (sessions.length < generation.sessions.length) continue;
      const named = [all.get(session ?? '')].filter((each) => each !== undefined);
      return { sole: documents.filter(isSole), generation, sessions, named };
    }
    throw new Error('the generation of projectors has lost its sessions');
  }
}

/** The least checkpoints of the projections that all of the sessions have one of. */
function leastOf(sessions: readonly SessionDocument[]): Checkpoint[] {
  const [first, ...others] = sessions;
  return Object.entries(first?.positions ?? {}).flatMap(([member, position]) => {
    const positions = [position, ...others.map((each) => each.positions[member])];
    if (positions.includes(undefined)) return [];
    const known = positions.filter((each) => each !== undefined);
    return [{ projection: member.replaceAll(':', '.'), position: known.reduce((a, b) => (a < b ? a : b)) }];
  });
}

function memberOf(projection: string): string {
  return projection.replaceAll('.', ':');
}

function leaseLost(session: string): LeaseLost {
  return new LeaseLost(`the session ${session} is closed`);
}

function isGeneration(document: ProgressDocument): document is GenerationDocument {
  return document._id === GENERATION;
}

function isSession(document: ProgressDocument): document is SessionDocument {
  return document._id.startsWith(SESSION);
}

function isSole(document: ProgressDocument): document is SoleCheckpoint {
  return !document._id.startsWith('#');
}
