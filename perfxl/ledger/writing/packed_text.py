"""A long text that waits to be written: rows and links are nearly alike, and take a tenth of the room compressed."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator


class PackedText:
    """A text that grows at its end, compressed in memory until it is taken."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(1)
        self._packed: list[bytes] = []

    def add(self, text: str) -> None:
        """Add to it."""
        if packed := self._compressor.compress(text.encode()):
            self._packed.append(packed)

    def taken(self) -> Iterator[str]:
        """The text, piece by piece; it then is gone from here."""
        inflator, decoder = zlib.decompressobj(), codecs.getincrementaldecoder("utf-8")()
        packed = [*self._packed, self._compressor.flush()]
        self._packed.clear()
        return (decoder.decode(inflator.decompress(piece)) for piece in packed)
