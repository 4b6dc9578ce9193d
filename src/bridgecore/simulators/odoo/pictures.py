"""Small real files made on the spot: PNG avatars and one-page PDFs."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from functools import lru_cache

_SIDE = 128
_CELL = 22


@lru_cache(maxsize=512)
def avatar(name: str) -> str:
    """A symmetric pattern of the name's own colour, as base64 of a 128 pixel PNG."""
    digest = hashlib.sha256(name.encode()).digest()
    cells = [[digest[3 + y * 3 + min(x, 4 - x)] % 2 for x in range(5)] for y in range(5)]
    margin = (_SIDE - 5 * _CELL) // 2
    lines = []
    for y in range(_SIDE):
        line = bytearray(_SIDE)
        row = (y - margin) // _CELL
        if y >= margin and 0 <= row < 5:
            for column in range(5):
                if cells[row][column]:
                    start = margin + column * _CELL
                    line[start : start + _CELL] = b"\x01" * _CELL
        lines.append(b"\x00" + bytes(line))
    palette = b"\xf0\xf0\xf0" + digest[:3]
    data = zlib.compress(b"".join(lines), 9)
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", data), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)
    return base64.b64encode(png).decode()


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum


def pdf(lines: list[str]) -> bytes:
    """A one-page PDF with the lines as text (what Latin-1 lacks becomes a question mark)."""
    shown = []
    for number, line in enumerate(lines):
        text = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        shown.append(f"BT /F1 11 Tf 56 {780 - 18 * number} Td ({text}) Tj ET")
    stream = "\n".join(shown).encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    body = b"%PDF-1.4\n"
    offsets = []
    for number, item in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n" % number + item + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer
