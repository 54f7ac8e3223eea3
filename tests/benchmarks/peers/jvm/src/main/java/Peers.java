import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Completes the six tasks of the same process on an embedded engine, and prints one line of JSON. */
public final class Peers {
    private static final int TASKS = 6;
    private static final Map<String, Object> VARIABLES = Map.of("urgente", false);

    /** What is asked of an engine. */
    private interface Peer extends AutoCloseable {
        String start();

        String claimNext(String instance, String user);

        void complete(String task);

        @Override
        void close();
    }

    private record Flowable(org.flowable.engine.ProcessEngine engine) implements Peer {
        static Flowable open(String url, String user) {
            var configuration = new org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration();
            configuration.setJdbcUrl(url).setJdbcUsername(user).setJdbcDriver("org.postgresql.Driver");
            configuration.setDatabaseSchemaUpdate("true").setAsyncExecutorActivate(false);
            var engine = configuration.buildProcessEngine();
            engine.getRepositoryService().createDeployment().addClasspathResource("six.bpmn20.xml").deploy();
            return new Flowable(engine);
        }

        public String start() {
            return engine.getRuntimeService().startProcessInstanceByKey("seis", VARIABLES).getId();
        }

        public String claimNext(String instance, String user) {
            var task = engine.getTaskService().createTaskQuery().processInstanceId(instance).orderByTaskCreateTime().asc()
                .listPage(0, 1).get(0).getId();
            engine.getTaskService().claim(task, user);
            return task;
        }

        public void complete(String task) {
            engine.getTaskService().complete(task);
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    private record Operaton(org.operaton.bpm.engine.ProcessEngine engine) implements Peer {
        static Operaton open(String url, String user) {
            var configuration = new org.operaton.bpm.engine.impl.cfg.StandaloneProcessEngineConfiguration();
            configuration.setJdbcUrl(url).setJdbcUsername(user).setJdbcDriver("org.postgresql.Driver");
            configuration.setDatabaseSchemaUpdate("true").setJobExecutorActivate(false);
            var engine = configuration.buildProcessEngine();
            engine.getRepositoryService().createDeployment().addClasspathResource("six.bpmn20.xml").deploy();
            return new Operaton(engine);
        }

        public String start() {
            return engine.getRuntimeService().startProcessInstanceByKey("seis", VARIABLES).getId();
        }

        public String claimNext(String instance, String user) {
            var task = engine.getTaskService().createTaskQuery().processInstanceId(instance).orderByTaskCreateTime().asc()
                .listPage(0, 1).get(0).getId();
            engine.getTaskService().claim(task, user);
            return task;
        }

        public void complete(String task) {
            engine.getTaskService().complete(task);
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    private static List<Long> play(Peer peer, int cases, String user) {
        List<Long> delays = new ArrayList<>();
        for (int number = 0; number < cases; number++) {
            String instance = peer.start();
            for (int task = 0; task < TASKS; task++) {
                String id = peer.claimNext(instance, user);
                long begun = System.nanoTime();
                peer.complete(id);
                delays.add(System.nanoTime() - begun);
            }
        }
        return delays;
    }

    /** Arguments: flowable or operaton, JDBC address, user, clients, cases for each. */
    public static void main(String[] arguments) throws Exception {
        String name = arguments[0];
        int clients = Integer.parseInt(arguments[3]);
        int cases = Integer.parseInt(arguments[4]);
        try (Peer peer = name.equals("flowable") ? Flowable.open(arguments[1], arguments[2])
                : Operaton.open(arguments[1], arguments[2])) {
            play(peer, Math.max(50, cases), "warm");
            CyclicBarrier together = new CyclicBarrier(clients);
            ExecutorService pool = Executors.newFixedThreadPool(clients);
            List<Future<List<Long>>> running = new ArrayList<>();
            for (int client = 0; client < clients; client++) {
                String user = "user" + client;
                running.add(pool.submit(() -> {
                    together.await();
                    return play(peer, cases, user);
                }));
            }
            double rate = 0;
            List<Long> delays = new ArrayList<>();
            for (Future<List<Long>> future : running) {
                List<Long> own = future.get();
                rate += own.size() / (own.stream().mapToLong(Long::longValue).sum() / 1e9);
                delays.addAll(own);
            }
            pool.shutdown();
            Collections.sort(delays);
            System.out.printf(Locale.ROOT, "{\"engine\": \"%s\", \"clients\": %d, \"per_second\": %.1f, \"p50_ms\": %.2f, \"p95_ms\": %.2f}%n",
                name, clients, rate, delays.get(delays.size() / 2) / 1e6, delays.get(delays.size() * 95 / 100) / 1e6);
        }
    }
}
