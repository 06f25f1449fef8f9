# SPDX-License-Identifier: Apache-2.0
"""A connection by libpq itself: what the tests have in any case, in whatever Python runs them."""
import ctypes
import functools

from postgres_types import PARAMETERS, from_binary, from_text, to_text

COMMAND_OK, TUPLES_OK = 1, 2
CONNECTION_BAD = 1
SQLSTATE, MESSAGE = ord("C"), ord("M")
BINARY = 1


@functools.cache
def library():
    pq = ctypes.CDLL("libpq.so.5")
    for name in ("PQconnectdb", "PQexec", "PQprepare", "PQexecPrepared", "PQgetvalue"):
        getattr(pq, name).restype = ctypes.c_void_p
    for name in ("PQerrorMessage", "PQresultErrorField"):
        getattr(pq, name).restype = ctypes.c_char_p
    return pq


class Failure(Exception):
    """An ERROR of the server; its connection lives on."""

    def __init__(self, sqlstate, message):
        super().__init__(f"{sqlstate} {message}")
        self.sqlstate = sqlstate


class Lost(Exception):
    """The server has closed the connection, or is gone."""


class Connection:
    def __init__(self, port):
        self.pq = library()
        self.handle = ctypes.c_void_p(self.pq.PQconnectdb(f"host=127.0.0.1 port={port} user=tester dbname=elegraph".encode()))
        self.check()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pq.PQfinish(self.handle)

    def check(self):
        if self.pq.PQstatus(self.handle) == CONNECTION_BAD:
            raise Lost(self.pq.PQerrorMessage(self.handle).decode().strip())

    def simple(self, text):
        """The rows of a statement as a simple query, in text format."""
        return self.rows(self.pq.PQexec(self.handle, text.encode()))

    def prepare(self, text, parameters=()):
        """Prepares the unnamed statement, for parameters of these values' types."""
        types = (ctypes.c_uint * len(parameters))(*(PARAMETERS[type(value)] for value in parameters))
        self.rows(self.pq.PQprepare(self.handle, b"", text.encode(), len(parameters), types))

    def execute(self, parameters=()):
        """The rows of the unnamed statement, in binary format."""
        values = (ctypes.c_char_p * len(parameters))(*(to_text(value).encode() for value in parameters))
        return self.rows(self.pq.PQexecPrepared(self.handle, b"", len(parameters), values, None, None, BINARY))

    def rows(self, result):
        result = ctypes.c_void_p(result)
        try:
            if self.pq.PQresultStatus(result) not in (COMMAND_OK, TUPLES_OK):
                self.check()
                field = self.pq.PQresultErrorField
                raise Failure(*((field(result, name) or b"").decode() for name in (SQLSTATE, MESSAGE)))
            columns = [(self.pq.PQftype(result, c), from_binary if self.pq.PQfformat(result, c) else from_text)
                       for c in range(self.pq.PQnfields(result))]
            return [[self.value(result, row, c, *column) for c, column in enumerate(columns)]
                    for row in range(self.pq.PQntuples(result))]
        finally:
            self.pq.PQclear(result)

    def value(self, result, row, column, oid, read):
        if self.pq.PQgetisnull(result, row, column):
            return None
        length = self.pq.PQgetlength(result, row, column)
        return read(oid, ctypes.string_at(self.pq.PQgetvalue(result, row, column), length))
