# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL's text and binary formats of the types that a Cypher result may have, read as Python's values."""
import json
import re
import struct

SCALARS = {  # OID: (from text, from binary)
    16: (lambda text: text == "t", lambda data: data != b"\0"),                      # bool
    20: (int, lambda data: struct.unpack("!q", data)[0]),                            # int8
    23: (int, lambda data: struct.unpack("!i", data)[0]),                            # int4
    25: (str, bytes.decode),                                                         # text
    701: (float, lambda data: struct.unpack("!d", data)[0]),                         # float8
    3802: (json.loads, lambda data: json.loads(data[1:])),                           # jsonb, behind its version
}
ARRAYS = {1000: 16, 1007: 23, 1009: 25, 1016: 20, 1022: 701, 3807: 3802}             # OID: that of the elements
PARAMETERS = {bool: 16, int: 20, str: 25, float: 701}

ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^",{}]+)')


def from_text(oid, data):
    text = data.decode()
    if oid in SCALARS:
        return SCALARS[oid][0](text)
    read = SCALARS[ARRAYS[oid]][0]
    return [None if plain == "NULL" else read(plain or re.sub(r"\\(.)", r"\1", quoted)) for quoted, plain in ELEMENT.findall(text)]


def from_binary(oid, data):
    if oid in SCALARS:
        return SCALARS[oid][1](data)
    read = SCALARS[ARRAYS[oid]][1]
    dimensions, = struct.unpack_from("!i", data)
    at, elements = 12 + 8 * dimensions, []
    while at < len(data):
        length, = struct.unpack_from("!i", data, at)
        at += 4
        elements.append(None if length < 0 else read(data[at:at + length]))
        at += max(length, 0)
    return elements


def to_text(value):
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)
