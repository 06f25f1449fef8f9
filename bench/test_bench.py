# SPDX-License-Identifier: Apache-2.0
"""The benchmark itself, on a tiny graph: do its programs run and agree? test_bench.py BUILD-FOLDER

Nothing is said about speed; a loaded machine passes as well.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


def main(build):
    if not shutil.which("pgbench"):
        print("skipped: there is no pgbench")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, str(HERE))
        import svg
        path = pathlib.Path(folder) / "plot.svg"
        svg.plot(path, "a < b", "x", "y", {"one": [(1, 10.0), (2, 35.5)], "two": [(1, 900.0)]})
        if "a &lt; b" not in path.read_text(encoding="utf-8"):
            raise SystemExit("the plot has lost its title")
    import load
    progress = "".join(f"progress: {i + 1}.0 s, {tps} tps, lat 1.0 ms\n" for i, tps in enumerate((700.0, 20000.0, 31000.0, 33000.0)))
    if load.warm_rate(progress, 2) != 32000 or load.warm_rate(progress, 0) or load.warm_rate("progress: 2.0 s, 15.0 tps, x", 0):
        raise SystemExit("rates behind a warm-up are wrong")
    done = subprocess.run([sys.executable, str(HERE / "run.py"), "--build", build, "--quick", "--people", "500", "--friendships", "4000",
                           "--no-postgres", "--clients", "2", "--only", "point_read,two_hops,update,founding"],
                          capture_output=True, text=True)
    print(done.stdout, done.stderr)
    lines = done.stdout.splitlines()
    missing = [name for name in ("point_read ", "point_read, simple", "point_read, socket", "two_hops", "update", "founding count", "sharing different")
               if not any(line.startswith(name) and "/s" not in line for line in lines)]
    print(*(f"there is no line of {name}" for name in missing), sep="\n")
    return 1 if done.returncode or missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
