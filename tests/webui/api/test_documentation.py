"""The examples of docs/api.md do what they say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

from tests.webui.api.conftest import Programs

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
BLOCK = re.compile(r"```sh\n(.*?)\n```", re.DOTALL)
CAUGHT = re.compile(r"(\w+)=\$\((.*) \| jq -r (\S+)\)")


def test_every_example_runs(program: Programs) -> None:
    ana = program("ana.discua")
    client, known = ana.client, {"KEY": ana.headers["Authorization"].removeprefix("Bearer "), "SIPROC": ""}
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) > 10

    for block in blocks:
        line, _, expected = block.partition(" # ")
        caught = CAUGHT.fullmatch(line)
        for name, value in known.items():
            line = line.replace(f"${name}", value)
        command = line if caught is None else line[len(caught[1]) + 3 : line.rindex(" | jq")]
        answer = client.open(**request(shlex.split(command)))
        wanted = (int(expected),) if expected else (200, 201)
        assert answer.status_code in wanted, (command, answer.get_data(as_text=True))
        if caught is not None:
            known[caught[1]] = str(dig(answer.json, caught[3]))


def request(words: list[str]) -> dict[str, Any]:
    """What curl would send."""
    assert words.pop(0) == "curl"
    sent: dict[str, Any] = {"method": "GET", "headers": {}}
    while words:
        word = words.pop(0)
        if word == "-X":
            sent["method"] = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            sent["headers"][name] = value
        elif word == "--json":
            sent["data"], sent["content_type"] = words.pop(0).encode(), "application/json"
        elif word == "--data-binary":
            sent["data"] = words.pop(0).encode()
        else:
            sent["path"] = word
    return sent


def dig(value: Any, path: str) -> Any:
    """What jq would find."""
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        value = value[name] if name else value[int(index)]
    return value


def test_scopes_and_codes_are_told() -> None:
    from engine.access.matrix import SCOPES

    text = PAGE.read_text("utf-8")

    assert [scope for scope in SCOPES if f"| `{scope}` |" not in text] == []
