# SPDX-License-Identifier: Apache-2.0
"""The servers that the benchmark starts, each on a loopback port of its own with its data in a temporary folder."""
import contextlib
import glob
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PERSON = "CREATE CONSTRAINT person_id IF NOT EXISTS FOR (p:Person) REQUIRE p.id IS UNIQUE"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pid):
    """User and system time of the process and all below it."""
    ticks = os.sysconf("SC_CLK_TCK")
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total = sum(map(int, fields[11:15])) / ticks
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            total += cpu_seconds(int(child))
        return total
    except OSError:
        return 0.0


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def anonymous_bytes(pid):
    """Resident memory without pages of files, which are the program's: those that loading touches first are no part of the graph."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return resident_bytes(pid)


def timed(run, *arguments):
    begun = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - begun


class Server:
    """`folder` has its Unix-domain socket, `.s.PGSQL.<port>`."""
    user, database, scripts, slow_start = "bench", "elegraph", ROOT / "bench/workloads", False

    def warm_up_seconds(self, _clients):
        """Until so many new connections do what they will do."""
        return 0

    def psql(self, *statements, env=None):
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
                   "-U", self.user, "-d", self.database]
        for statement in statements:
            command += ["-c", statement]
        done = subprocess.run(command, capture_output=True, text=True, env=env)
        if done.returncode:
            raise SystemExit(f"{self.name}: {done.stderr.strip()}")
        return done.stdout.strip()

    def script(self, name):
        path = self.scripts / f"{name}.sql"
        return path if path.exists() else None

    def wait(self):
        """Until it takes connections. PostgreSQL does so before it is ready; pg_isready tells that."""
        for _ in range(60_000):
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                if not self.slow_start or subprocess.run(["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0:
                    return
            time.sleep(0.001)
        raise SystemExit(f"{self.name} does not answer")

    def pin(self, cores):
        """Keeps all its threads on these cores."""
        subprocess.run(["taskset", "-a", "-c", "-p", cores, str(self.pid)], check=True, stdout=subprocess.DEVNULL)


class Elegraph(Server):
    name = "elegraph"

    def __init__(self, build, arguments=(), prefix=()):
        self.folder = tempfile.mkdtemp(prefix="elegraph-bench-")
        self.data = pathlib.Path(self.folder) / "data"
        self.binary = str(pathlib.Path(build) / "elegraph")
        self.arguments = list(arguments)
        self.prefix = list(prefix)
        self.port = free_port()
        self.start()

    def start(self):
        self.process = subprocess.Popen([*self.prefix, self.binary, "serve", "--data", str(self.data), "--port", str(self.port),
                                         "--listen", f"127.0.0.1,{self.folder}", "--log-level", "warning", *self.arguments])
        self.pid = self.process.pid
        self.wait()

    def warm_program(self):
        """Brings the program and its libraries into the page cache, which is not what a start of the database is measured for."""
        subprocess.run([self.binary, "serve", "--help"], check=True, stdout=subprocess.DEVNULL)

    def prepare(self):
        self.psql(PERSON)

    def load_people(self, folder):
        return timed(self.psql, f"\\copy \"Person\" (id, name, age) FROM '{folder}/people.csv' (FORMAT csv, HEADER)")

    def load_friendships(self, folder):
        return timed(self.psql, f"\\copy \"KNOWS\" (src, dst) FROM '{folder}/knows.csv' "
                     "(FORMAT csv, HEADER, START '\"Person\"(id)', END '\"Person\"(id)')")

    def load(self, folder):
        self.prepare()
        self.load_people(folder)
        self.load_friendships(folder)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class NullServer(Server):
    """The ceiling of what a client and the loopback allow: it answers without looking."""
    name = "null"

    def __init__(self, build):
        self.folder = tempfile.mkdtemp(prefix="elegraph-bench-null-")
        self.port = free_port()
        self.process = subprocess.Popen([str(pathlib.Path(build) / "bench/null_server"), str(self.port), self.folder])
        self.pid = self.process.pid
        self.wait()

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(Server):
    name, scripts, database, slow_start = "postgres", ROOT / "bench/postgres", "postgres", True

    def warm_up_seconds(self, clients):
        """Each of its processes fills its own caches and touches the shared memory for the first time."""
        return 0 if clients == 1 else 2 if clients <= 20 else 4

    @staticmethod
    def installed():
        return bool(glob.glob("/usr/lib/postgresql/*/bin/postgres"))

    def __init__(self):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.folder = tempfile.mkdtemp(prefix="elegraph-bench-pg-")
        self.port = free_port()
        self.as_user = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, "postgres")
            os.chmod(self.folder, 0o755)
            self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        data = self.folder + "/data"
        subprocess.run([*self.as_user, self.bin + "/initdb", "-D", data, "-U", self.user, "-A", "trust", "--no-sync",
                        "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL)
        with open(data + "/pg_hba.conf", "w", encoding="utf-8") as rules:
            rules.write("local all all trust\nhost all secret all scram-sha-256\nhost all all all trust\n")
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
                    "max_connections": 300, "shared_buffers": "2GB", "work_mem": "64MB", "maintenance_work_mem": "512MB",
                    "effective_cache_size": "8GB", "random_page_cost": "1.1", "jit": "off", "max_wal_size": "4GB",
                    "logging_collector": "off"}
        arguments = [x for k, v in settings.items() for x in ("-c", f"{k}={v}")]
        self.process = subprocess.Popen([*self.as_user, self.bin + "/postgres", "-D", data, *arguments],
                                        stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        self.wait()

    def load(self, folder):
        self.psql("CREATE TABLE person (id int8, name text, age int4)", "CREATE TABLE knows (src int8, dst int8)")
        return (timed(self.psql, f"\\copy person FROM '{folder}/people.csv' (FORMAT csv, HEADER)",
                      "ALTER TABLE person ADD PRIMARY KEY (id)"),
                timed(self.psql, f"\\copy knows FROM '{folder}/knows.csv' (FORMAT csv, HEADER)",
                      "CREATE INDEX ON knows (src, dst)", "CREATE INDEX ON knows (dst, src)", "VACUUM ANALYZE"))

    def processes(self):
        children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]

    @contextlib.contextmanager
    def asleep(self):
        """Its checkpoints and vacuums wait meanwhile: for what compares a server with itself."""
        stopped = self.processes()
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
