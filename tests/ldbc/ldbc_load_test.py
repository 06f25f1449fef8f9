#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads LDBC's tiny social network with COPY and counts it: ldbc_load_test.py ELEGRAPH LOADER-DIRECTORY

The loader and the package lie beside the checkout; without them the test is skipped.
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
from server import SKIPPED, Server  # noqa: E402

EXPECTED = {
    "MATCH (n) RETURN count(*)": "34735",
    "MATCH ()-[r]->() RETURN count(*)": "70842",
    "MATCH ()<-[r]-() RETURN count(*)": "70842",
}


def main(binary, directory):
    loader, package = pathlib.Path(directory) / "run_ldbc.py", pathlib.Path(directory) / "data" / "ldbc-tiny.tar.zst"
    if not loader.exists() or not package.exists():
        print(f"skipped: there is no LDBC package in {directory}")
        return SKIPPED
    wrong = []
    with Server(binary) as server:
        subprocess.run([sys.executable, str(loader), "load", "--package", str(package), "--port", str(server.port)], check=True)
        for statement, rows in EXPECTED.items():
            found = server.query(statement)
            if found != rows:
                wrong.append(f"{statement}: {found} where {rows} was expected")
    print(*wrong, f"{len(wrong)} counts are wrong", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
