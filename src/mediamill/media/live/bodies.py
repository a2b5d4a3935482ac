"""What a segment's body becomes before it is written: decrypted, and without tags that are no part of the stream."""

from typing import Final, Protocol

from mediamill.media.live.feed import Upstream

KEY_BYTES: Final = 16
_TAG: Final = b"ID3"
_TAG_HEAD: Final = 10
#: A tag with the time of a segment has less than a hundred bytes; larger ones hold covers.
_MOST_TAG: Final = 2**20


class Body(Protocol):
    """Makes one body into what is written."""

    def update(self, piece: bytes) -> bytes:
        """Return what is known by now."""
        ...

    def end(self) -> bytes:
        """Return the rest."""
        ...


class Plain:
    """What is not encrypted."""

    def update(self, piece: bytes) -> bytes:
        """Return the piece."""
        return piece

    def end(self) -> bytes:
        """Return nothing more."""
        return b""


class Aes:
    """Decrypts one file: AES-128, CBC, PKCS #7. Source: RFC 8216, section 4.3.2.4."""

    def __init__(self, key: bytes, iv: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - few streams do
        from cryptography.hazmat.primitives.padding import PKCS7  # noqa: PLC0415 - see above

        self._cipher = Cipher(algorithms.AES128(key), modes.CBC(iv)).decryptor()
        self._padding = PKCS7(8 * KEY_BYTES).unpadder()

    def update(self, piece: bytes) -> bytes:
        """Return what is clear by now."""
        return self._padding.update(self._cipher.update(piece))

    def end(self) -> bytes:
        """Return the rest. Raises Upstream where the key does not fit or something is missing."""
        try:
            return self._padding.update(self._cipher.finalize()) + self._padding.finalize()
        except ValueError:
            raise Upstream("the segment: it cannot be decrypted") from None


class Untagged:
    """Drops the ID3 tag that packed audio begins each segment with: between segments it is noise.

    Sources: RFC 8216, section 3.4; ID3v2.4, section 3.1.
    """

    def __init__(self, inner: Body) -> None:
        self._inner = inner
        self._held = b""
        self._passed = False

    def update(self, piece: bytes) -> bytes:
        """Return what is behind the tag by now."""
        return self._behind(self._inner.update(piece), last=False)

    def end(self) -> bytes:
        """Return the rest."""
        return self._behind(self._inner.end(), last=True)

    def _behind(self, clear: bytes, *, last: bool) -> bytes:
        if self._passed:
            return clear
        self._held += clear
        size = _tag_size(self._held)
        if len(self._held) < size and not last:
            return b""
        held, self._held, self._passed = self._held, b"", True
        return held[size:]


def _tag_size(held: bytes) -> int:
    """Return how long the tag is that something begins with; while that is not known, how much tells; 0: no tag."""
    if held[:3] != _TAG[: len(held)]:
        return 0
    if len(held) < _TAG_HEAD:
        return _TAG_HEAD
    size = 0
    for byte in held[6:_TAG_HEAD]:
        size = size << 7 | byte & 0x7F
    return _TAG_HEAD + size if size <= _MOST_TAG else 0
