# SPDX-License-Identifier: Apache-2.0
"""The programs that make load and those that show what the processor could do: pgbench, load_client, csr_kernel."""
import contextlib
import json
import os
import pathlib
import re
import subprocess

from servers import cpu_seconds


CORES = len(os.sched_getaffinity(0))


class Failed(Exception):
    """A statement of the workload failed; the text is the server's."""


def pgbench(server, scripts, *, mode="prepared", clients=1, seconds=2.0, people=1, reconnect=False, env=None, socket=False,
            timeout=120):
    """-> {"rate": transactions a second, "cpu_us": of the server for each}; scripts are names with "@weight" or without"""
    # Whole seconds only: shorter runs are a number of transactions.
    command = ["pgbench", "-h", server.folder if socket else "127.0.0.1", "-p", str(server.port), "-U", env["PGUSER"] if env else server.user, "-n",
               "-M", mode, "-c", str(clients), "-j", str(min(max(2, CORES // 2), clients)), "-T", str(max(1, round(seconds))), "-D", f"people={people}"]
    warm_up = 0 if reconnect else server.warm_up_seconds(clients)
    if warm_up:
        command[command.index("-T") + 1] = str(warm_up + max(1, round(seconds)))
        command += ["-P", "1"]
    if reconnect:
        command.append("-C")
    for script in scripts:
        name, _, weight = script.partition("@")
        command += ["-f", str(server.script(name)) + ("@" + weight if weight else "")]
    before = cpu_seconds(server.pid)
    try:
        done = subprocess.run([*command, server.database], capture_output=True, text=True, env=env, timeout=timeout + seconds)
    except subprocess.TimeoutExpired:
        raise Failed(f"no answer in {timeout} s") from None
    spent = cpu_seconds(server.pid) - before
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
    count = re.search(r"actually processed: (\d+)", done.stdout)
    if done.returncode or not rate or count[1] == "0":
        raise Failed((done.stderr.strip().splitlines() or ["?"])[-1])
    return {"rate": warm_rate(done.stderr, warm_up) or float(rate[1]), "cpu_us": spent * 1e6 / int(count[1])}


def warm_rate(progress, warm_up):
    """Of pgbench's lines of progress, one a second, those behind the warm-up. None: so few transactions that all count."""
    rates = [float(r) for r in re.findall(r"^progress: [\d.]+ s, ([\d.]+) tps", progress, re.M)]
    rest = rates[warm_up:]
    return sum(rest) / len(rest) if warm_up and rest and min(rest) >= FEW else None


FEW = 200  # transactions a second, of which a second's number says little


def social_network(build, folder, people, friendships):
    """Makes people.csv and knows.csv there, the same ones for the same numbers."""
    subprocess.run([str(pathlib.Path(build) / "bench/social_network"), str(folder), "--people", str(people),
                    "--friendships", str(friendships)], check=True)


class Client:
    """load_client's commands; each gives back its line of JSON as a dictionary."""

    def __init__(self, build):
        self.program = str(pathlib.Path(build) / "bench/load_client")

    def command(self, what, server, texts, **options):
        command = [self.program, what, "--port", str(server.port), "--user", options.pop("user", server.user),
                   "--database", server.database, "--server-pid", str(server.pid)]
        for name, value in options.items():
            for each in value if isinstance(value, (list, tuple)) else [value]:
                command += [f"--{name}", str(each)]
        return command + ["--", *texts] if texts else command

    def run(self, what, server, texts, timeout=300, **options):
        try:
            done = subprocess.run(self.command(what, server, texts, **options), capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"no answer in {timeout} s") from None
        if done.returncode:
            raise Failed(done.stderr.strip())
        return json.loads(done.stdout)

    def loop(self, server, text, **options):
        return self.run("loop", server, [text], **options)

    @contextlib.contextmanager
    def beside(self, server, text, seconds, **options):
        """The same load in the background for the length of a `with`."""
        load = subprocess.Popen(self.command("loop", server, [text], seconds=seconds, **options), stdout=subprocess.DEVNULL)
        try:
            yield
        finally:
            load.terminate()
            load.wait()

    @contextlib.contextmanager
    def idle(self, server, connections, text=""):
        """Connections that are open and silent for the length of a `with`."""
        holder = subprocess.Popen(self.command("idle", server, [text] if text else [], connections=connections),
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            if not holder.stdout.readline():
                raise Failed(f"{connections} connections cannot be opened")
            yield
        finally:
            holder.stdin.close()
            holder.wait()


class Kernel:
    """The hand-written CSR kernels over the same files."""

    def __init__(self, build, folder):
        self.process = subprocess.Popen([str(pathlib.Path(build) / "bench/csr_kernel"), f"{folder}/people.csv", f"{folder}/knows.csv"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().split()
        if not answer:
            raise SystemExit("csr_kernel has ended")
        return answer

    def rate(self, kernel, threads, seconds):
        runs, cpu_us = self.ask("rate", kernel, threads, seconds)[:2]
        return {"rate": float(runs), "cpu_us": float(cpu_us)}

    def answer(self, kernel, *ids):
        return int(self.ask("answer", kernel, *ids)[0])

    def sizes(self):
        """-> bytes of properties, people, friendships"""
        return tuple(map(int, self.ask("bytes")))

    def close(self):
        self.process.stdin.close()
        self.process.wait()
