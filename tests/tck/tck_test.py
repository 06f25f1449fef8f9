#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs openCypher's TCK: tck_test.py ELEGRAPH RUNNER-DIRECTORY

The runner and the scenarios lie beside the checkout; without them the test is skipped. It fails when fewer scenarios pass than
the file `expected` says (raise it as they grow), or when one crashes or hangs the server.
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "support"))
from server import SKIPPED, Server  # noqa: E402


def main(binary, directory):
    runner, scenarios = (pathlib.Path(directory) / name for name in ("run_tck.py", "visible.jsonl.gz"))
    if not runner.exists() or not scenarios.exists():
        print(f"skipped: there is no TCK in {directory}")
        return SKIPPED
    expected = int((HERE / "expected").read_text(encoding="utf-8"))
    with Server(binary) as server, tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run([sys.executable, str(runner), "run", "--procedures", "run", "--tck", str(scenarios), "--port", str(server.port),
                        "--timeout", "60", "--show", "60", "--json", report.name], check=False)
        alive = server.alive()
        results = json.load(report)
        if not alive:
            print(server.text()[-4000:])
    passed = collections.Counter(r["status"] for r in results)["passed"]
    lost = [r["id"] for r in results if r.get("kind") in ("crash", "timeout")]
    print(f"{passed} passed, {expected} expected; crashes and hangs: {lost or 'none'}")
    return 0 if alive and not lost and passed >= expected else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
