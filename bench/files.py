# SPDX-License-Identifier: Apache-2.0
"""Rows 12, 15 and 17: loading, memory after it, and how fast a server is back."""
import os
import pathlib
import signal
import time

from servers import anonymous_bytes
from setting import ratio


def load_all(bench):
    """Loads every server, the first thing that a run does; rows 12 and 15 come from it."""
    ours, pid = bench.elegraph, bench.elegraph.pid
    property_bytes, people, friendships = bench.kernel.sizes()
    ours.prepare()
    sizes = [settled(pid)]
    for_people = ours.load_people(bench.folder)
    sizes.append(settled(pid))
    for_friendships = ours.load_friendships(bench.folder)
    sizes.append(settled(pid))
    each_node, each_relationship = (sizes[1] - sizes[0] - property_bytes) / people, (sizes[2] - sizes[1]) / friendships
    bench.put("copy", people_per_second=people / for_people, friendships_per_second=friendships / for_friendships)
    bench.put("memory", bytes_per_node=each_node, bytes_per_relationship=each_relationship)
    print(f"COPY elegraph: {people / for_people:,.0f} people/s, {friendships / for_friendships:,.0f} friendships/s; memory "
          f"{each_node:,.0f} bytes a node beyond its properties, {each_relationship:,.0f} bytes a relationship", flush=True)
    if bench.postgres:
        seconds = bench.postgres.load(bench.folder)
        bench.put("copy", x_postgres=ratio(sum(seconds), for_people + for_friendships))
        print(f"COPY postgres, with its indexes: {people / seconds[0]:,.0f} people/s, {friendships / seconds[1]:,.0f} friendships/s",
              flush=True)


def settled(pid):
    """Anonymous resident bytes once the server has folded away what loading left."""
    size, before = anonymous_bytes(pid), None
    for _ in range(20):
        time.sleep(0.5)
        before, size = size, anonymous_bytes(pid)
        if abs(size - before) < 1 << 18:
            break
    return size


def drop_page_cache():
    os.sync()  # what is not written yet stays
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("1\n")
        return True
    except OSError:
        return False


def read_seconds(folder):
    """Reading all files of the data directory from their beginnings to their ends. -> seconds, bytes"""
    size, begun = 0, time.perf_counter()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with open(path, "rb", buffering=0) as file:
            while block := file.read(1 << 20):
                size += len(block)
    return time.perf_counter() - begun, size


RESTARTS = 5  # a start takes less than a tenth of a second, and the disk's share of it varies


def restart(bench, name, how):
    found = [restart_once(bench.elegraph, how) for _ in range(1 if bench.options.quick else RESTARTS)]
    took, reading, size, dropped = sorted(found, key=lambda f: f[1] / f[0])[len(found) // 2]
    bench.put(f"restart {name}", of_read_speed=reading / took, seconds=took, read_seconds=reading, megabytes=size / 1e6)
    print(f"restart, {name}: {took:.2f} s for {size / 1e6:,.0f} MB, which take {reading:.2f} s to read "
          f"{'from the disk' if dropped else 'from the page cache'}: {reading / took:.2f} of that speed", flush=True)


def restart_once(server, how):
    """-> seconds of the start, seconds of reading the files, bytes, whether they came from the disk"""
    server.stop(how)
    dropped = drop_page_cache()
    if not dropped:
        read_seconds(server.data)
    reading, size = read_seconds(server.data)
    drop_page_cache()
    server.warm_program()
    begun = time.perf_counter()
    server.start()
    took = time.perf_counter() - begun
    server.psql("MATCH (n:Person {id: 1}) RETURN n.name")
    return took, reading, size, dropped


def restarts(bench):
    restart(bench, "clean", signal.SIGTERM)
    restart(bench, "killed", signal.SIGKILL)
