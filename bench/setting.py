# SPDX-License-Identifier: Apache-2.0
"""What a run of the benchmark shares: options, servers, programs, and the figures found so far."""
import os
import statistics

import load
import servers


class Bench:
    """`figures` maps a cell's name, such as "two_hops 20 prepared", to {metric: value}."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.people, self.friendships = options.people, options.friendships
        self.cores = len(os.sched_getaffinity(0))
        self.client = load.Client(options.build)
        self.elegraph = servers.Elegraph(options.build, ["--max-connections", "20000"])
        self.null = servers.NullServer(options.build)
        self.postgres = servers.Postgres() if servers.Postgres.installed() and not options.no_postgres else None
        self.kernel = load.Kernel(options.build, folder)
        self.figures = {}
        self.plots = []  # as Markdown images

    def close(self):
        for part in (self.elegraph, self.null, self.postgres, self.kernel):
            if part:
                part.close()

    def put(self, cell, **metrics):
        self.figures.setdefault(cell, {}).update(metrics)

    def get(self, cell, metric):
        return self.figures.get(cell, {}).get(metric)

    def note(self, text):
        print(f"  {text}", flush=True)


def in_rounds(rounds, **runs):
    """Runs each once in every round, so that what else the machine does meets all alike. -> one {name: {metric: value}} a round;
    a name whose run fails is left out from there on, after its reason was printed."""
    found, broken = [], set()
    for _ in range(rounds):
        found.append({})
        for name, run in runs.items():
            if name in broken:
                continue
            try:
                found[-1][name] = run()
            except load.Failed as failed:
                print(f"  {name}: {failed}", flush=True)
                broken.add(name)
    return found


def medians(found):
    """Of dictionaries of numbers, metric by metric, over those that have it."""
    metrics = dict.fromkeys(metric for each in found for metric in each)
    return {metric: statistics.median(each[metric] for each in found if metric in each) for metric in metrics}


def alternate(rounds, **runs):
    """As in_rounds(). -> {name: {metric: median}}"""
    found = in_rounds(rounds, **runs)
    return {name: medians([each[name] for each in found if name in each]) for name in runs if any(name in each for each in found)}


def ratio(a, b):
    return a / b if a is not None and b else None
