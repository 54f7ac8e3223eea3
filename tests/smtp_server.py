"""An SMTP server of its own process: ``python -m tests.smtp_server PORT FOLDER`` keeps mails as files in the folder.

The folder's file ``mood`` says how it answers from then on: ``kind``, ``later`` (451 after the text), ``unknown`` (550 to
addressees called ana), ``spam`` (554 after the text), ``cut`` (keeps the mail and hangs up without an answer), ``drop``
(hangs up on addressees called ana).
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP


class Moody:
    """Answers as the folder's ``mood`` says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _mood(self) -> str:
        return (self.folder / "mood").read_text()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Takes the addressee or not."""
        mood, ana = self._mood(), address.startswith("ana@")
        if ana and mood == "unknown":
            return "550 nobody is called so"
        if ana and mood == "drop":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 go on"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keeps the mail or not."""
        mood = self._mood()
        if mood == "later":
            return "451 come back later"
        if mood == "spam":
            return "554 not wanted here"
        number = len(list(self.folder.glob("*.eml")))
        (self.folder / f"{number:03}.eml").write_bytes(envelope.content)
        if mood == "cut":
            server.transport.abort()
        return "250 kept"


async def _serve(port: int, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Moody(folder), loop=loop), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
