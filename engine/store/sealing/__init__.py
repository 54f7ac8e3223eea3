"""Encryption at rest: what is personal reaches the database and the disk only sealed.

A *master key* (from the environment or a file, never in the database) wraps the *data keys* (table ``data_key``), and these
seal the values: AES-256-GCM, a fresh nonce each, bound to the column that they belong to. Every store has one ``Keyring``:

    keyring = keyring_of(context)
    sealed = keyring.seal(content, "attachment.note", row_id.bytes)      # label: "table.column"; then what else it is bound to
    content = keyring.open(sealed, "attachment.note", row_id.bytes)      # raises SealBroken

Columns of the tables seal and open by themselves: ``Sealed``, ``SealedJson``, ``SealedDate``, ``SealedBytes``, and ``Blind``
for what must be found by equality. What is large goes in chunks, and any part of it can be read alone:

    for piece in seal_stream(keyring, source, "attachment.content", row_id.bytes): target.write(piece)
    with SealedFile(keyring, file, "attachment.content", row_id.bytes) as content: content.seek(4096); content.read(100)

A statement may also take a column as it is stored (``as_sealed``), and open only the values that are needed (``opened``).

``classes`` says of every column of the database which of these it is, and why.
"""

from engine.store.sealing.engines import SealBroken, keyring_of
from engine.store.sealing.keyring import Keyring, is_empty
from engine.store.sealing.masters import MasterKeyError, Masters
from engine.store.sealing.streams import SealedFile, seal_stream
from engine.store.sealing.types import Blind, Sealed, SealedBytes, SealedDate, SealedJson, as_sealed, opened

__all__ = [
    "Blind",
    "Keyring",
    "MasterKeyError",
    "Masters",
    "SealBroken",
    "Sealed",
    "SealedBytes",
    "SealedDate",
    "SealedFile",
    "SealedJson",
    "as_sealed",
    "is_empty",
    "keyring_of",
    "opened",
    "seal_stream",
]
