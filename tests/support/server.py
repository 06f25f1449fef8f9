# SPDX-License-Identifier: Apache-2.0
"""An `elegraph serve` on a free loopback port for the length of a `with`, its data in a temporary folder that goes with it."""
import socket
import subprocess
import tempfile
import time

SKIPPED = 77  # SKIP_RETURN_CODE of the tests that need data from beside the checkout


class Server:
    def __init__(self, binary, arguments=()):
        self.binary = binary
        self.arguments = arguments

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = tempfile.TemporaryDirectory(prefix="elegraph-test-")
        self.log = open(f"{self.folder.name}/log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data", f"{self.folder.name}/data", "--port", str(self.port), *self.arguments],
            stdout=self.log, stderr=subprocess.STDOUT)
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.alive():
            self.process.kill()
        self.process.wait()
        text = self.text()
        self.log.close()
        self.folder.cleanup()
        reports = ("ThreadSanitizer:", "AddressSanitizer:", "LeakSanitizer:", "runtime error:")
        if any(report in text for report in reports):
            raise SystemExit(f"a sanitizer reports:\n{text[-20000:]}")

    def alive(self):
        return self.process.poll() is None

    def text(self):
        """What the server has logged."""
        self.log.seek(0)
        return self.log.read()

    def wait(self, seconds=60):
        until = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if not self.alive() or time.monotonic() > until:
                    raise SystemExit(f"the server does not start:\n{self.text()}") from None
                time.sleep(0.02)

    def query(self, statement):
        """The rows as psql prints them, unaligned."""
        command = ["psql", "-XAtq", "-h", "127.0.0.1", "-p", str(self.port), "-U", "tester", "-d", "elegraph",
                   "-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
