import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.MVStore;

/**
 * Serves MongoDB's protocol on 127.0.0.1: the first argument is the port (0: any free one), the second, if there is one,
 * the file that keeps the data. Prints the port, then serves until its standard input ends.
 */
public final class MongoServerLauncher {
    /** As long as MongoDB leaves writes out of its journal that nobody asked it to be sure of. */
    private static final int JOURNAL_INTERVAL_MILLISECONDS = 100;

    public static void main(String[] arguments) throws Exception {
        MVStore.Builder builder = new MVStore.Builder().autoCommitDisabled();
        MVStore data = (arguments.length > 1 ? builder.fileName(arguments[1]) : builder).open();
        Backend backend = new Backend(data);
        Thread journal = new Thread(() -> commitNowAndThen(backend), "journal");
        journal.setDaemon(true);
        journal.start();
        MongoServer server = new MongoServer(backend);
        server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
        System.out.println("port " + server.getLocalAddress().getPort());
        while (System.in.read() >= 0) {
            // Nothing is said on it; its end says that the parent has gone.
        }
        server.shutdown();
        System.exit(0);
    }

    private static void commitNowAndThen(Backend backend) {
        try {
            while (!backend.isClosed()) {
                backend.writeJournal();
                Thread.sleep(JOURNAL_INTERVAL_MILLISECONDS);
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Backend extends H2Backend {
        /**
         * Two that make the same thing at once, a collection or a document, get an answer from the server that says neither
         * what MongoDB says nor what happened: so what changes something has its turn alone.
         */
        private static final Set<String> CHANGES =
                Set.of("create", "createindexes", "delete", "drop", "dropdatabase", "dropindexes", "findandmodify", "insert", "update");

        /** Held by questions as one of many, by a change and by a commit alone. */
        private final ReadWriteLock commands = new ReentrantReadWriteLock(true);

        Backend(MVStore data) {
            super(data);
            version(new OldestVersionThatTheDriverTakes());
        }

        boolean isClosed() {
            return getMvStore().isClosed();
        }

        /**
         * Writes to the file what all commands up to now have done. A document and its entries in indexes lie in different
         * maps: a commit in the middle of a command, and a kill after it, would leave one without the other for ever,
         * which MongoDB never does.
         */
        void writeJournal() {
            commands.writeLock().lock();
            try {
                if (!isClosed()) getMvStore().commit();
            } finally {
                commands.writeLock().unlock();
            }
        }

        /**
         * The server knows `hello` by its old name only, and answers writes before they are in its file, whatever was asked
         * for. A kill takes what is not, and as it writes its collections one after the other, may take an older write and
         * leave a newer one of another collection. Who asks for the journal is answered when all before it is in the file.
         */
        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            // How drivers see that the server is alive; behind a long question with a commit in its way they would say that it is not.
            if (command.equals("hello") || command.equals("ismaster")) {
                return super.handleCommand(channel, database, "ismaster", query);
            }
            Document answer;
            Lock turn = CHANGES.contains(command.toLowerCase(Locale.ROOT)) ? commands.writeLock() : commands.readLock();
            turn.lock();
            try {
                answer = super.handleCommand(channel, database, command, query);
            } finally {
                turn.unlock();
            }
            if (query.get("writeConcern") instanceof Document concern && Boolean.TRUE.equals(concern.get("j"))) {
                writeJournal();
            }
            return answer;
        }

        @Override
        protected MongoDatabase openOrCreateDatabase(String name) {
            return new Database(name, getMvStore(), getCursorRegistry());
        }
    }

    /**
     * The server calls its protocol that of MongoDB 4.2 (wire version 8) whichever version it is set to, and the driver
     * refuses that. So this claims one step more than the server does of itself; that it is enough for what the
     * adapters ask is what the conformance suites show, and only a real server named by MONGODB_URL can show the rest.
     */
    private static final class OldestVersionThatTheDriverTakes implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 0);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    }

    private static final class Database extends H2Database {
        Database(String name, MVStore data, CursorRegistry cursors) {
            super(name, data, cursors);
        }

        @Override
        protected Index<Object> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
            Index<Object> index = super.openOrCreateUniqueIndex(collection, name, keys, sparse);
            return keys.size() == 1 && keys.get(0).getKey().equals("_id") ? new IdIndex(index, keys, sparse) : index;
        }
    }

    /**
     * The server asks its index only for a filter on `_id` alone, and looks through the whole collection for one on `_id`
     * and another field, such as guards every write of a read model. This asks the index for these, too; the server
     * compares what it finds with the whole filter.
     */
    private static final class IdIndex extends Index<Object> {
        private final Index<Object> index;

        IdIndex(Index<Object> index, List<IndexKey> keys, boolean sparse) {
            super(index.getName(), keys, sparse);
            this.index = index;
        }

        @Override
        public boolean canHandle(Document query) {
            return query.get("_id") instanceof String || index.canHandle(query);
        }

        @Override
        public Iterable<Object> getPositions(Document query) {
            return index.getPositions(query.get("_id") instanceof String id ? new Document("_id", id) : query);
        }

        @Override
        public Object getPosition(Document document) {
            return index.getPosition(document);
        }

        @Override
        public void checkAdd(Document document, MongoCollection<Object> collection) {
            index.checkAdd(document, collection);
        }

        @Override
        public void add(Document document, Object position, MongoCollection<Object> collection) {
            index.add(document, position, collection);
        }

        @Override
        public Object remove(Document document) {
            return index.remove(document);
        }

        @Override
        public long getCount() {
            return index.getCount();
        }

        @Override
        public long getDataSize() {
            return index.getDataSize();
        }

        @Override
        public void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
            index.checkUpdate(before, after, collection);
        }

        @Override
        public void updateInPlace(Document before, Document after, Object position, MongoCollection<Object> collection) {
            index.updateInPlace(before, after, position, collection);
        }

        @Override
        public void drop() {
            index.drop();
        }

        @Override
        public boolean isUnique() {
            return index.isUnique();
        }
    }
}
