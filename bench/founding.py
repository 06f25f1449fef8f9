# SPDX-License-Identifier: Apache-2.0
"""The founding measurement: 20 equal queries one after the other on one connection, against 20 connections at once."""
import os
import select
import socket
import statistics
import struct
import time

from servers import cpu_seconds

QUERIES = {
    "elegraph": {"LIMIT 10": "MATCH (n:Person) WHERE n.age > 30 RETURN n.name LIMIT 10",
                 "count": "MATCH (n:Person) WHERE n.age > 30 RETURN count(*)"},
    "postgres": {"LIMIT 10": "SELECT name FROM person WHERE age > 30 LIMIT 10",
                 "count": "SELECT count(*) FROM person WHERE age > 30"},
}


class Connection:
    """The simple query protocol over a socket, so that nothing but the server is measured."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = struct.pack("!i", 196608) + f"user\0{server.user}\0database\0{server.database}\0\0".encode()
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self.received = b""
        while not self.ready():
            pass

    def send(self, text):
        body = text.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack("!i", len(body) + 4) + body)

    def ready(self):
        """Takes what is there; True once the server is ready for a query."""
        data = self.socket.recv(65536)
        if not data:
            raise SystemExit("the server closed the connection")
        self.received += data
        at, done = 0, False
        while len(self.received) - at >= 5:
            size = struct.unpack_from("!i", self.received, at + 1)[0] + 1
            if len(self.received) - at < size:
                break
            kind = self.received[at:at + 1]
            if kind == b"E":
                raise SystemExit(self.received[at + 5:at + size].replace(b"\0", b" ").decode())
            done |= kind == b"Z"
            at += size
        self.received = self.received[at:]
        return done

    def run(self, text):
        self.send(text)
        while not self.ready():
            pass


def at_once(connections, text):
    poller = select.epoll()
    by_fd = {c.socket.fileno(): c for c in connections}
    for fd in by_fd:
        poller.register(fd, select.EPOLLIN)
    for c in connections:
        c.send(text)
    left = len(connections)
    while left:
        for fd, _ in poller.poll():
            left -= by_fd[fd].ready()
    poller.close()


def measure(server, text, n=20, rounds=25):
    connections = [Connection(server) for _ in range(n)]
    for c in connections:
        if server.name == "elegraph":
            c.run("SET graph.share_work = off")
        c.run(text)
    sequential, concurrent, cpu = [], [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(n):
            connections[0].run(text)
        sequential.append(time.perf_counter() - begun)
        before, begun = cpu_seconds(server.pid), time.perf_counter()
        for _ in range(10):
            at_once(connections, text)
        concurrent.append((time.perf_counter() - begun) / 10)
        cpu.append((cpu_seconds(server.pid) - before) / (concurrent[-1] * 10))
    return statistics.median(sequential), statistics.median(concurrent), statistics.mean(cpu)


def report(server):
    cores = os.cpu_count()
    for name, text in QUERIES[server.name].items():
        sequential, concurrent, cpu = measure(server, text)
        speedup = sequential / concurrent
        print(f"founding {server.name:9} {name:9} one by one {sequential * 1e3:8.2f} ms   at once {concurrent * 1e3:8.2f} ms   "
              f"speedup {speedup:5.2f} = {speedup / cores:4.2f} x {cores} cores   server CPU {cpu / cores:4.0%}", flush=True)
