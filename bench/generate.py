#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A social network with a power law, as people.csv (id,name,age) and knows.csv (src,dst).

Degrees follow a Zipf-like law over a random ranking of the people: rank r draws ends with weight (r + 20) ** -0.75.
The same seed gives the same files.
"""
import argparse
import itertools
import pathlib
import random

FIRST = ["Ada", "Bo", "Chloe", "Dov", "Esi", "Finn", "Gia", "Hugo", "Ines", "Jun", "Kaia", "Luca", "Maya", "Noor", "Otto",
         "Pia", "Remy", "Sol", "Tess", "Umar", "Vida", "Wren", "Yara", "Zeno"]
LAST = ["Amari", "Blom", "Castro", "Dahl", "Eriksen", "Fofana", "Greco", "Hale", "Ivanov", "Jansen", "Kovacs", "Lund", "Mori",
        "Nakai", "Okoye", "Pinto", "Quinn", "Roth", "Sato", "Tran", "Usman", "Vance", "Wolf", "Yilmaz"]
AT_ONCE = 2_000_000  # pairs drawn


def generate(folder, people, friendships, seed):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(seed)
    with open(folder / "people.csv", "w", encoding="utf-8") as out:
        out.write("id,name,age\n")
        for number in range(1, people + 1):
            out.write(f"{number},{draw.choice(FIRST)} {draw.choice(LAST)},{draw.randint(18, 80)}\n")
    ranking = list(range(1, people + 1))
    draw.shuffle(ranking)
    weights = list(itertools.accumulate((rank + 20) ** -0.75 for rank in range(people)))
    pairs = set()  # source * (people + 1) + target: tens of millions fit
    with open(folder / "knows.csv", "w", encoding="utf-8") as out:
        out.write("src,dst\n")
        while len(pairs) < friendships:
            missing = min(friendships - len(pairs), AT_ONCE)
            sources = draw.choices(ranking, cum_weights=weights, k=missing)
            targets = draw.choices(ranking, cum_weights=weights, k=missing)
            for source, target in zip(sources, targets):
                pair = source * (people + 1) + target
                if source != target and pair not in pairs:
                    pairs.add(pair)
                    out.write(f"{source},{target}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--friendships", type=int, default=1_500_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    generate(options.folder, options.people, options.friendships, options.seed)
