# SPDX-License-Identifier: Apache-2.0
"""The servers that the benchmark starts, each on a loopback port of its own with its data in a temporary folder."""
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


def resident_mb(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


class Server:
    user, database, scripts = "bench", "elegraph", ROOT / "bench/workloads"

    def psql(self, *statements):
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
                   "-U", self.user, "-d", self.database]
        for statement in statements:
            command += ["-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def wait(self):
        for _ in range(600):
            if subprocess.run(["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit(f"{self.name} does not answer")


class Elegraph(Server):
    name = "elegraph"

    def __init__(self, binary=None, arguments=()):
        self.folder = tempfile.mkdtemp(prefix="elegraph-bench-")
        self.binary = binary or str(ROOT / "build/release/elegraph")
        self.arguments = list(arguments)
        self.port = free_port()
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.binary, "serve", "--data", self.folder + "/data", "--port", str(self.port),
                                         "--log-level", "warning", *self.arguments])
        self.pid = self.process.pid
        self.wait()

    def load(self, folder):
        self.psql(PERSON)
        begun = time.time()
        self.psql(f"\\copy \"Person\" (id, name, age) FROM '{folder}/people.csv' (FORMAT csv, HEADER)")
        middle = time.time()
        self.psql(f"\\copy \"KNOWS\" (src, dst) FROM '{folder}/knows.csv' "
                  "(FORMAT csv, HEADER, START '\"Person\"(id)', END '\"Person\"(id)')")
        return middle - begun, time.time() - middle

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(Server):
    name, scripts, database = "postgres", ROOT / "bench/postgres", "postgres"

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
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
                    "max_connections": 300, "shared_buffers": "2GB", "work_mem": "64MB", "jit": "off",
                    "max_wal_size": "4GB", "logging_collector": "off"}
        arguments = [x for k, v in settings.items() for x in ("-c", f"{k}={v}")]
        self.process = subprocess.Popen([*self.as_user, self.bin + "/postgres", "-D", data, *arguments],
                                        stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        self.wait()

    def load(self, folder):
        self.psql("CREATE TABLE person (id int8, name text, age int4)", "CREATE TABLE knows (src int8, dst int8)")
        begun = time.time()
        self.psql(f"\\copy person FROM '{folder}/people.csv' (FORMAT csv, HEADER)", "ALTER TABLE person ADD PRIMARY KEY (id)")
        middle = time.time()
        self.psql(f"\\copy knows FROM '{folder}/knows.csv' (FORMAT csv, HEADER)", "CREATE INDEX ON knows (src, dst)",
                  "CREATE INDEX ON knows (dst, src)", "VACUUM ANALYZE")
        return middle - begun, time.time() - middle

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
